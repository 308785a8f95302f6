//go:build !linux

package pgtest

import "syscall"

// attributes are none: the server runs as whoever runs the test, who is not root.
func attributes(string) (*syscall.SysProcAttr, error) { return nil, nil }

func give(string, *syscall.SysProcAttr) error { return nil }
