//go:build !linux

package app

import "errors"

// volume is not known here.
func volume(string) (free uint64, kind string, err error) { return 0, "", errors.ErrUnsupported }
