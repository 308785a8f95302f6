package traces

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/fault"
)

// keepContexts is how long after the creation of an order its trace contexts are kept, beyond the
// claims of that day: later spans have no link. Collectors rarely keep traces for so long.
const keepContexts = 28 * 24 * time.Hour

// tracedStore is the engine's store with a span for each change of an order.
type tracedStore struct {
	engine.Store
	tracer *Tracer
}

// Store returns the store that the engine is to use, instead of the one that it wraps. Its
// changes of orders have spans, and store the contexts of those that are recorded.
func (t *Tracer) Store(s engine.Store) engine.Store { return &tracedStore{s, t} }

// Order notes the order that a request is about.
func (s *tracedStore) Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error) {
	about(ctx, id)
	return s.Store.Order(ctx, id)
}

// CreateOrder commits a new order within a span, with the span's context.
func (s *tracedStore) CreateOrder(ctx context.Context, c *bridge.Change) (claim bridge.Claim, err error) {
	ctx, span := s.tracer.commit(ctx, "create_order", c.Order.ID)
	defer func() { committed(span, err) }()
	c.Trace = format(span)
	return s.Store.CreateOrder(ctx, c)
}

// UpdateOrder commits a change of an order within a span, with the span's context.
func (s *tracedStore) UpdateOrder(ctx context.Context, id bridge.OrderID, change func(*bridge.Change) error) (order bridge.Order, err error) {
	about(ctx, id)
	ctx, span := s.tracer.commit(ctx, "update_order", id)
	defer func() { committed(span, err) }()
	traced := format(span)
	return s.Store.UpdateOrder(ctx, id, func(c *bridge.Change) error {
		c.Trace = traced
		return change(c)
	})
}

// Prune also deletes the trace contexts of old orders.
func (s *tracedStore) Prune(ctx context.Context, before time.Time) error {
	if err := s.Store.Prune(ctx, before); err != nil {
		return err
	}
	return s.tracer.store.PruneTraces(ctx, before.Add(-keepContexts))
}

// commit begins the span of a change of an order. Outside of a trace there is none.
func (t *Tracer) commit(ctx context.Context, operation string, id bridge.OrderID) (context.Context, trace.Span) {
	ctx, ok := t.within(ctx, true)
	if !ok {
		return ctx, noSpan()
	}
	return t.tracer.Start(ctx, operation, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		databaseSystem.String(t.database), databaseCall.String(operation), orderOf(id),
	))
}

// committed ends the span of a change. A change that the engine refuses is no failure of the
// database.
func committed(span trace.Span, err error) {
	switch kind := fault.KindOf(err); {
	case err != nil && (kind == fault.Unavailable || kind == fault.Unknown || kind == fault.Internal):
		failed(span, kind.String())
	}
	span.End()
}
