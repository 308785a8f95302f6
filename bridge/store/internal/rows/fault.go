package rows

import (
	"errors"

	"github.com/minitill/minitill/fault"
)

// ErrStale reports that a row was written by another process since it was read, or that the
// key of a claim was taken.
var ErrStale = errors.New("the row has changed meanwhile")

// ErrClosed reports that the store was closed.
var ErrClosed = errors.New("the store is closed")

// Unavailable returns the fault for an error after which nothing was stored.
func Unavailable(op string, err error) *fault.Error {
	return &fault.Error{
		Kind: fault.Unavailable, Op: op, Err: err,
		Detail: "Nothing can be stored at the moment.",
	}
}

// Unknown returns the fault for a commit whose outcome cannot be determined.
func Unknown(op string, err error) error {
	return &fault.Error{
		Kind: fault.Unknown, Op: op, Err: err,
		Detail: "The database was lost while it stored this.",
	}
}

// NotFound returns the fault for a missing row. what names it, with its article.
func NotFound(op, what string) error {
	return fault.New(fault.NotFound, op, "There is no such "+what+".")
}
