//go:build unix

package app

import "syscall"

// descriptors is how many files and connections this process may have open. At the start
// Go has raised it as far as it may.
func descriptors() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return fewDescriptors
	}
	return int(min(uint64(l.Cur), manyDescriptors))
}
