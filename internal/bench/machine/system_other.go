//go:build !linux

package machine

// cpuModel returns nothing: it is not known here.
func cpuModel() string { return "" }

// Load returns nothing: it is not known here.
func Load() string { return "" }

// Free returns 0: it is not known here.
func Free(string) int64 { return 0 }
