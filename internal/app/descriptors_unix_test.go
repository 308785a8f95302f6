//go:build unix

package app

import "syscall"

// limitDescriptors lets this process have descriptorsOfTests files and connections open.
func limitDescriptors() error {
	const few = descriptorsOfTests
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: few, Max: few})
}
