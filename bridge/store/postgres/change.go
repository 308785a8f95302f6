package postgres

import (
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

// createParts are the writes of a new order and all that goes with it.
func createParts(op string, c *bridge.Change) ([]part, error) {
	columns, err := rows.MovingColumns(op, &c.Order, rows.FixedColumns(&c.Order))
	if err != nil {
		return nil, err
	}
	parts := make([]part, 0, 6)
	if c.Claim != nil {
		parts = append(parts, part{partClaim, rows.ClaimColumns(c.Claim)}, part{partClaimedOrder, columns})
	} else {
		parts = append(parts, part{partOrder, columns})
	}
	return attachedParts(op, parts, c)
}

// updateParts are the writes of a change that was decided on what was read.
// The order itself changes by events only; without one, only its schedule is written.
func updateParts(op string, c *bridge.Change, read *rows.Written) ([]part, error) {
	if len(c.Events) == 0 {
		return attachedParts(op, append(make([]part, 0, 5), part{partSchedule, rows.ScheduleColumns(&c.Order, read)}), c)
	}
	columns, err := rows.UpdateColumns(op, &c.Order, read)
	if err != nil {
		return nil, err
	}
	return attachedParts(op, append(make([]part, 0, 5), part{partUpdate, columns}), c)
}

func attachedParts(op string, parts []part, c *bridge.Change) ([]part, error) {
	if len(c.Events) > 0 {
		events, err := eventsPart(op, c.Events)
		if err != nil {
			return nil, err
		}
		parts = append(parts, events)
	}
	if touched := rows.TouchedRefunds(c); len(touched) > 0 {
		parts = append(parts, refundsPart(touched))
	}
	if len(c.Messages) > 0 {
		parts = append(parts, messagesPart(c.Messages))
	}
	if len(c.PaymentIDs) > 0 {
		parts = append(parts, paymentIDsPart(c.PaymentIDs))
	}
	if c.Trace != "" && len(c.Events) > 0 {
		parts = append(parts, tracesPart(c))
	}
	return append(parts, answerParts(c.Answer)...), nil
}

// answerParts complete a claim that was taken before; none when there is no answer.
func answerParts(a *bridge.KeyAnswer) []part {
	if a == nil {
		return nil
	}
	return []part{{partAnswer, rows.AnswerColumns(a)}}
}

func eventsPart(op string, events []bridge.Event) (part, error) {
	data := make([]string, len(events))
	for i := range events {
		text, err := rows.Encode(op, &events[i].Data)
		if err != nil {
			return part{}, err
		}
		data[i] = text
	}
	return part{partEvents, []any{
		column(events, func(e *bridge.Event) string { return string(e.Order) }),
		column(events, func(e *bridge.Event) int64 { return e.Sequence }),
		column(events, func(e *bridge.Event) string { return string(e.Type) }),
		column(events, func(e *bridge.Event) *int64 { return millisOrNull(e.At) }),
		column(events, func(e *bridge.Event) string { return string(e.Source) }),
		data,
	}}, nil
}

func refundsPart(refunds []*bridge.Refund) part {
	return part{partRefunds, []any{
		column(refunds, func(r **bridge.Refund) int64 { return int64((*r).Number) }),
		column(refunds, func(r **bridge.Refund) string { return string((*r).Status) }),
	}}
}

func messagesPart(messages []bridge.Message) part {
	return part{partMessages, []any{
		column(messages, func(m *bridge.Message) string { return m.ID }),
		column(messages, func(m *bridge.Message) string { return m.App }),
		column(messages, func(m *bridge.Message) string { return m.Endpoint }),
		column(messages, func(m *bridge.Message) string { return string(m.Order) }),
		column(messages, func(m *bridge.Message) int64 { return m.Sequence }),
		column(messages, func(m *bridge.Message) string { return string(m.Type) }),
		column(messages, func(m *bridge.Message) []byte { return rows.Blob(m.Body) }),
		column(messages, func(m *bridge.Message) *int64 { return millisOrNull(m.CreatedAt) }),
		column(messages, func(m *bridge.Message) *int64 { return millisOrNull(m.RunAt) }),
		column(messages, func(m *bridge.Message) int64 { return int64(m.Attempts) }),
	}}
}

func paymentIDsPart(keys []bridge.PaymentKey) part {
	return part{partPaymentIDs, []any{
		column(keys, func(k *bridge.PaymentKey) string { return k.Wallet }),
		column(keys, func(k *bridge.PaymentKey) string { return k.PaymentID }),
	}}
}

// tracesPart stores the trace context with each event of a change.
func tracesPart(c *bridge.Change) part {
	return part{partTraces, []any{c.Trace, column(c.Events, func(e *bridge.Event) int64 { return e.Sequence })}}
}

// column is one column of rows that are written together.
func column[T, V any](rows []T, value func(*T) V) []V {
	list := make([]V, len(rows))
	for i := range rows {
		list[i] = value(&rows[i])
	}
	return list
}

// millisOrNull is millis in a column of its own kind.
func millisOrNull(t time.Time) *int64 {
	if ms, ok := rows.Millis(t).(int64); ok {
		return &ms
	}
	return nil
}

// fromNullable is the inverse of millisOrNull, in UTC.
func fromNullable(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return rows.FromMillis(*ms)
}
