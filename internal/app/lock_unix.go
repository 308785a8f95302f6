//go:build unix && !solaris && !aix

package app

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file until it is closed, or the process ends in any way.
func tryLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}
