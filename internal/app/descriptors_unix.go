//go:build unix

package app

import "syscall"

// descriptors returns how many files and connections this process may have open. The Go
// runtime has raised the soft limit to the hard limit.
func descriptors() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return fewDescriptors
	}
	return int(min(uint64(l.Cur), manyDescriptors))
}
