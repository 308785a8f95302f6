//go:build !linux

package pgtest

import "syscall"

// attributes are none: the server runs as the user of the test, which is not root.
func attributes(string) (*syscall.SysProcAttr, error) { return nil, nil }

func give(string, *syscall.SysProcAttr) error { return nil }
