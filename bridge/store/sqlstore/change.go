package sqlstore

import (
	"errors"

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

// orderColumns are the values of insertOrder and updateOrder before the id.
func orderColumns(op string, o *bridge.Order) ([]any, error) {
	doc, err := encode(op, o)
	if err != nil {
		return nil, err
	}
	var wallet string
	if p := o.LastPayment(); p != nil {
		wallet = p.Wallet
	}
	return append(make([]any, 0, 17),
		o.App, string(o.Status), wallet, o.Reference, string(o.Attention), string(o.Amount.Currency),
		o.Amount.Minor, o.Paid, o.Refunded, millis(o.CreatedAt), millis(o.ExpiresAt),
		millis(o.DueAt), int64(o.Looks), millis(o.BusyUntil), doc, string(o.ID),
	), nil
}

// guard is the write that every other write of an update hangs on. The order itself
// changes by events only; without one, only its schedule is written.
func guard(op string, c *bridge.Change, version int64) (write, error) {
	o := &c.Order
	if len(c.Events) == 0 {
		return write{updateSchedule, []any{
			millis(o.DueAt), int64(o.Looks), millis(o.BusyUntil), string(o.ID), version,
		}}, nil
	}
	args, err := orderColumns(op, o)
	return write{updateOrder, append(args, version)}, err
}

// attached are the writes that go with an order's own, whether new or changed.
func attached(op string, c *bridge.Change) ([]write, error) {
	list := make([]write, 0, len(c.Events)+len(c.Messages)+len(c.PaymentIDs)+1)
	for i := range c.Events {
		w, err := eventWrite(op, &c.Events[i])
		if err != nil {
			return nil, err
		}
		list = append(list, w)
	}
	for i := range c.Messages {
		list = append(list, messageWrite(&c.Messages[i]))
	}
	for _, key := range c.PaymentIDs {
		list = append(list, write{insertPaymentID, []any{key.Wallet, key.PaymentID, string(c.Order.ID)}})
	}
	if a := c.Answer; a != nil {
		list = append(list, write{answerClaim, []any{int64(a.Answer.Status), blob(a.Answer.Body), a.Scope, a.Key}})
	}
	return list, nil
}

func eventWrite(op string, e *bridge.Event) (write, error) {
	data, err := encode(op, &e.Data)
	return write{insertEvent, []any{
		string(e.Order), e.Sequence, string(e.Type), millis(e.At), string(e.Source), data,
	}}, err
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
