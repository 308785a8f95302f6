//go:build !windows

package backup

import "os"

func syncHandle(d *os.File) error { return d.Sync() }
