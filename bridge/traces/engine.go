package traces

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/trace"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
)

// troubled are the outcomes of calls that are failures; the others are answers.
var troubled = []outbound.Outcome{
	outcome(fault.Unavailable), outcome(fault.Unknown), outcome(fault.Internal), outcome(fault.RateLimited), outcome(fault.Forbidden), outcome(fault.Unauthenticated),
}

func outcome(kind fault.Kind) outbound.Outcome { return outbound.Outcome(kind.String()) }

// Call begins the span of a call to a wallet; see engine.Tracer. The wallet is not told of
// it: its protocol may sign or reject headers that it does not know.
func (t *Tracer) Call(ctx context.Context, wallet string, operation outbound.Operation) (context.Context, func(outbound.Outcome)) {
	ctx, ok := t.within(ctx, true)
	if !ok {
		return ctx, func(outbound.Outcome) {}
	}
	ctx, span := t.tracer.Start(ctx, string(operation)+" "+wallet, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		walletKey.String(wallet), operationKey.String(string(operation)), peerService.String(wallet),
	))
	return ctx, func(o outbound.Outcome) {
		span.SetAttributes(outcomeKey.String(string(o)))
		if slices.Contains(troubled, o) {
			failed(span, string(o))
		}
		span.End()
	}
}

// Query begins the trace of the status queries of a due order; see engine.Tracer. An order
// whose creation was not recorded has none.
func (t *Tracer) Query(ctx context.Context, id bridge.OrderID) (context.Context, func()) {
	links := t.created(ctx, id)
	if links == nil {
		return ctx, func() {}
	}
	ctx, span := t.tracer.Start(ctx, "query_due_order", trace.WithNewRoot(), trace.WithLinks(links...), trace.WithAttributes(orderOf(id)))
	return ctx, func() { span.End() }
}
