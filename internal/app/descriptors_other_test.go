//go:build !unix

package app

import "errors"

// limitDescriptors fails: these systems have no such limit.
func limitDescriptors() error { return errors.ErrUnsupported }
