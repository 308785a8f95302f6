package transport

import (
	"net/http/httptrace"
	"sync/atomic"

	"github.com/minitill/minitill/fault"
)

// reach is how far a request has provably come. Once it has a connection, what arrived is
// unknown: another goroutine writes the bytes, and a canceled call does not wait for it.
type reach struct{ stage atomic.Int32 }

const (
	nowhere   = iota // nothing is known: the RoundTripper reports nothing to httptrace
	dialing          // a connection was requested
	connected        // a connection was obtained; final, even if net/http dials once more
)

func (r *reach) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { r.stage.CompareAndSwap(nowhere, dialing) },
		GotConn:      func(httptrace.GotConnInfo) { r.stage.Store(connected) },
		WroteHeaders: func() { r.stage.Store(connected) },
	}
}

// kind is the fault of a call that failed: Unavailable only when the request provably had
// no connection.
func (r *reach) kind() fault.Kind {
	if r.stage.Load() == dialing {
		return fault.Unavailable
	}
	return fault.Unknown
}
