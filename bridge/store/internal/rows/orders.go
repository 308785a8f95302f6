package rows

import (
	"slices"

	"github.com/minitill/minitill/bridge"
)

// FixedColumns returns the values of an order's row that never change: app, reference,
// currency, amount, created_at. An update leaves them alone, and so the indexes over them.
func FixedColumns(o *bridge.Order) []any {
	return append(make([]any, 0, 16),
		o.App, o.Reference, string(o.Amount.Currency), o.Amount.Minor, Millis(o.CreatedAt))
}

// MovingColumns appends to args the values behind the fixed ones: status, wallet,
// attention, paid, refunded, expires_at, due_at, looks, busy_until, doc, id.
//
// Faults: Internal.
func MovingColumns(op string, o *bridge.Order, args []any) ([]any, error) {
	doc, err := Encode(op, o)
	if err != nil {
		return nil, err
	}
	var wallet string
	if p := o.LastPayment(); p != nil {
		wallet = p.Wallet
	}
	return append(args,
		string(o.Status), wallet, attentionColumn(o), o.Paid, o.Refunded, Millis(o.ExpiresAt),
		Millis(o.DueAt), int64(o.IdleQueries), Millis(o.BusyUntil), doc, string(o.ID),
	), nil
}

// attentionColumn returns the open reasons for attention, each between commas, so that one
// is found whole; empty when there is none.
func attentionColumn(o *bridge.Order) string {
	if len(o.Flags) == 0 {
		return ""
	}
	column := ""
	for _, why := range o.Attention() {
		column += string(why) + ","
	}
	if column == "" {
		return ""
	}
	return "," + column
}

// ScheduleColumns returns the values of a change without events: due_at, looks,
// busy_until, id, and the version that was read.
func ScheduleColumns(o *bridge.Order, read *Written) []any {
	return []any{Millis(o.DueAt), int64(o.IdleQueries), Millis(o.BusyUntil), string(o.ID), read.Version}
}

// UpdateColumns returns the values of a change with events: the moving ones, then the
// versions of the row and of the endpoints that were read.
//
// Faults: Internal.
func UpdateColumns(op string, o *bridge.Order, read *Written) ([]any, error) {
	args, err := MovingColumns(op, o, make([]any, 0, 13))
	return append(args, read.Version, read.Endpoints), err
}

// EventColumns returns the values of an event: order_id, sequence, type, at, source, data.
//
// Faults: Internal.
func EventColumns(op string, e *bridge.Event) ([]any, error) {
	data, err := Encode(op, &e.Data)
	return append(make([]any, 0, 7),
		string(e.Order), e.Sequence, string(e.Type), Millis(e.At), string(e.Source), data), err
}

// TouchedRefunds returns the refunds that events of a change are about, each once, as it
// is after the last of them.
func TouchedRefunds(c *bridge.Change) []*bridge.Refund {
	var list []*bridge.Refund
	for i := range c.Events {
		r := c.Events[i].Data.Refund
		if r == nil {
			continue
		}
		at := slices.IndexFunc(list, func(have *bridge.Refund) bool { return have.Number == r.Number })
		if at < 0 {
			list = append(list, r)
		} else {
			list[at] = r
		}
	}
	return list
}

// AnswerColumns returns the values that complete a claim: status, body, scope, key.
func AnswerColumns(a *bridge.KeyAnswer) []any {
	return []any{int64(a.Answer.Status), Blob(a.Answer.Body), a.Scope, a.Key}
}

// ClaimColumns returns the values of a claim: scope, key, digest, order_id, created_at,
// status, body.
func ClaimColumns(c *bridge.Claim) []any {
	status, body := answerColumns(c)
	return []any{c.Scope, c.Key, c.Digest[:], c.Subject, c.CreatedAt.UnixMilli(), status, body}
}

// ClaimOfOrderColumns returns the values of a claim on an order that must exist: scope,
// key, digest, created_at, status, body, order_id.
func ClaimOfOrderColumns(c *bridge.Claim) []any {
	status, body := answerColumns(c)
	return []any{c.Scope, c.Key, c.Digest[:], c.CreatedAt.UnixMilli(), status, body, c.Subject}
}

func answerColumns(c *bridge.Claim) (status, body any) {
	if a := c.Answer; a != nil {
		status, body = int64(a.Status), Blob(a.Body)
	}
	return status, body
}

// DecodeOrders decodes orders that were leased. A row that cannot be read does not keep
// the others from being returned: it is an error only when no order is left.
//
// Faults: Internal.
func DecodeOrders(op string, list []Record) ([]bridge.Order, error) {
	var failed error
	orders := make([]bridge.Order, 0, len(list))
	for i := range list {
		o, err := list[i].Order(op)
		if err == nil {
			orders = append(orders, o)
		} else if failed == nil {
			failed = err
		}
	}
	if len(orders) > 0 {
		return orders, nil
	}
	return nil, failed
}
