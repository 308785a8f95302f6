package engine

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
)

// Tracer begins the spans of what an engine does, for traces. A span is carried by the
// context that its method returns, and ended by the function. None of them may block.
type Tracer interface {
	// Call begins the span of a call to a wallet; see outbound.Trace.
	Call(ctx context.Context, wallet string, operation outbound.Operation) (context.Context, func(outbound.Outcome))
	// Query begins the span of the status queries of a due order, which belong to no request.
	Query(ctx context.Context, id bridge.OrderID) (context.Context, func())
}

// traceQuery begins the span of the status queries of a due order, where there is a tracer.
func (e *Engine) traceQuery(ctx context.Context, id bridge.OrderID) (context.Context, func()) {
	if e.tracer == nil {
		return ctx, func() {}
	}
	return e.tracer.Query(ctx, id)
}
