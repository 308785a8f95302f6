package sqlstore

import (
	"errors"
	"slices"

	"github.com/minitill/minitill/bridge"
)

// write is one statement with its arguments, encoded and ready for the writer.
type write struct {
	statement statement
	args      []any
}

// errStale says that the order was written by somebody else since it was read.
var errStale = errors.New("the order has changed meanwhile")

// errUndecided says that a change has to be decided about the order as it is.
var errUndecided = errors.New("the order has to be read")

// fixedColumns are the values of insertOrder that an order keeps for ever. An update
// leaves them alone, and so the indexes over them.
func fixedColumns(o *bridge.Order) []any {
	return append(make([]any, 0, 16),
		o.App, o.Reference, string(o.Amount.Currency), o.Amount.Minor, millis(o.CreatedAt))
}

// movingColumns adds to args the values of insertOrder behind the fixed ones, which are
// those of updateOrder before the version.
func movingColumns(op string, o *bridge.Order, args []any) ([]any, error) {
	doc, err := encode(op, o)
	if err != nil {
		return nil, err
	}
	var wallet string
	if p := o.LastPayment(); p != nil {
		wallet = p.Wallet
	}
	return append(args,
		string(o.Status), wallet, attentionColumn(o), o.Paid, o.Refunded, millis(o.ExpiresAt),
		millis(o.DueAt), int64(o.Looks), millis(o.BusyUntil), doc, string(o.ID),
	), nil
}

// attentionColumn is the open reasons for attention, each between commas, so that one is
// found whole; empty when there is none.
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

// guard is the write that every other write of an update hangs on. The order itself
// changes by events only; without one, only its schedule is written. With events the
// version of the endpoints must be the one that the change saw.
func guard(op string, c *bridge.Change, read written) (write, error) {
	o := &c.Order
	if len(c.Events) == 0 {
		return write{updateSchedule, []any{
			millis(o.DueAt), int64(o.Looks), millis(o.BusyUntil), string(o.ID), read.version,
		}}, nil
	}
	args, err := movingColumns(op, o, make([]any, 0, 13))
	return write{updateOrder, append(args, read.version, read.endpoints)}, err
}

// attached are the writes that go with an order's own, whether new or changed.
func attached(op string, c *bridge.Change) ([]write, error) {
	list := make([]write, 0, len(c.Events)+len(c.Messages)+len(c.PaymentIDs)+1)
	for i := range c.Events {
		w, err := eventWrite(op, &c.Events[i])
		if err != nil {
			return nil, err
		}
		w.args = append(w.args, c.Order.App)
		list = append(list, w)
	}
	for _, r := range touchedRefunds(c) {
		list = append(list, write{upsertRefund, []any{
			string(c.Order.ID), int64(r.Number), c.Order.App, string(r.Status),
		}})
	}
	for i := range c.Messages {
		list = append(list, messageWrite(&c.Messages[i]))
	}
	for _, key := range c.PaymentIDs {
		list = append(list, write{insertPaymentID, []any{key.PaymentID, key.Wallet, string(c.Order.ID)}})
	}
	if a := c.Answer; a != nil {
		list = append(list, write{answerClaim, []any{int64(a.Answer.Status), blob(a.Answer.Body), a.Scope, a.Key}})
	}
	return list, nil
}

// eventWrite is the write of an event, without its order's app.
func eventWrite(op string, e *bridge.Event) (write, error) {
	data, err := encode(op, &e.Data)
	return write{insertEvent, append(make([]any, 0, 7),
		string(e.Order), e.Sequence, string(e.Type), millis(e.At), string(e.Source), data,
	)}, err
}

// touchedRefunds are the refunds that events of a change speak of, each once, as it
// stands after the last of them.
func touchedRefunds(c *bridge.Change) []*bridge.Refund {
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

func messageWrite(m *bridge.Message) write {
	return write{insertMessage, []any{
		m.ID, m.App, m.Endpoint, string(m.Order), m.Sequence, string(m.Type), blob(m.Body),
		millis(m.CreatedAt), millis(m.RunAt), int64(m.Attempts),
	}}
}

// blob keeps no bytes apart from null.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func runAll(c *conn, list []write) error {
	for _, w := range list {
		if _, err := c.exec(w.statement, w.args...); err != nil {
			return err
		}
	}
	return nil
}
