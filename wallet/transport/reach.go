package transport

import (
	"net/http/httptrace"
	"sync/atomic"

	"github.com/minitill/minitill/fault"
)

// reach is how far a request has come, as far as can be proven. From the moment it
// has a connection nobody can say what arrived: the bytes are written by another
// goroutine, which a cancelled call does not wait for.
type reach struct{ stage atomic.Int32 }

const (
	nowhere   = iota // nothing is known: a transport that does not report
	dialing          // a connection was asked for
	connected        // and was had; final, since a retry may follow on another one
)

func (r *reach) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:      func(string) { r.stage.CompareAndSwap(nowhere, dialing) },
		GotConn:      func(httptrace.GotConnInfo) { r.stage.Store(connected) },
		WroteHeaders: func() { r.stage.Store(connected) },
	}
}

// kind is what a failure means: only a request that never had a connection is sure
// not to have been executed.
func (r *reach) kind() fault.Kind {
	if r.stage.Load() == dialing {
		return fault.Unavailable
	}
	return fault.Unknown
}
