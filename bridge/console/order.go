package console

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// orderPage is one order: its state, what happened, and what can be done.
type orderPage struct {
	Order      view.Order
	Version    int64
	Key        string // of the forms that this page draws
	Timeline   []moment
	Archived   int64 // the last event that is in the archive; zero: none is
	Deliveries []store.DeliveryRecord
	Buttons    []button
	Refund     refundForm
	Attention  []reasonForm
	Waiting    []approvalForm // refunds, for a second operator
	Revealed   bool           // personal data and messages are shown
}

// moment is one event of the timeline.
type moment struct {
	view.Event
	Facts []fact
	Raw   string // the data as they are stored, where they are revealed
}

// fact is a label with what an event says.
type fact struct {
	Label, Text string
	Money       wallet.Money
}

// refundForm is the form of a refund with the rest as its proposal.
type refundForm struct {
	Why      string // why there is none; empty: it can be sent
	Payments []refundable
	Left     wallet.Money // of the first payment
}

// refundable is a payment of which something is left to refund.
type refundable struct {
	ID     string
	Number int
	Wallet string
	Left   wallet.Money
}

func showOrder(p *page) error { return p.showOrder(http.StatusOK, false, nil) }

// showOrder writes the page of the order, and why its form was refused.
func (p *page) showOrder(status int, revealed bool, refusal error) error {
	v, err := p.orderPage(revealed)
	if err != nil {
		return err
	}
	if refusal != nil {
		return p.refused(refusal, "order", "Order "+string(p.order.ID), v)
	}
	return p.show(status, "order", "Order "+string(p.order.ID), v)
}

func (p *page) orderPage(revealed bool) (*orderPage, error) {
	ctx := p.r.Context()
	history, err := p.engine.History(ctx, p.order.ID)
	if err != nil {
		return nil, err
	}
	events := history.Events
	v := &orderPage{
		Order: view.NewOrder(&p.order, view.ForMerchant), Version: p.order.Sequence, Key: rand.Text(), Revealed: revealed,
		Buttons: p.buttons(), Refund: p.refundForm(), Attention: p.reasonForms(), Archived: history.Archived(),
		Waiting: p.approvalForms(&p.order),
	}
	for i := range events {
		m, err := p.moment(&events[i], revealed)
		if err != nil {
			return nil, err
		}
		v.Timeline = append(v.Timeline, m)
	}
	slices.Reverse(v.Timeline)
	v.Deliveries, err = p.store.Deliveries(ctx, store.DeliveryQuery{App: p.app.Name, Order: p.order.ID, Limit: pageSize})
	return v, err
}

// moment is an event as the timeline shows it.
func (p *page) moment(e *bridge.Event, revealed bool) (moment, error) {
	m := moment{Event: view.NewEvent(e), Facts: p.facts(e)}
	if !revealed {
		return m, nil
	}
	shown := view.NewFeedEvent(&store.FeedEvent{Event: *e, Currency: p.order.Amount.Currency})
	raw, err := json.MarshalIndent(shown.Data, "", "  ")
	m.Raw = string(raw)
	return m, err
}

// facts are what an event says, without personal data.
func (p *page) facts(e *bridge.Event) (list []fact) {
	add := func(label, text string) {
		if text != "" {
			list = append(list, fact{Label: label, Text: text})
		}
	}
	d := &e.Data
	if payment := d.Payment; payment != nil {
		add("Payment", p.order.ID.PaymentID(payment.Number)+" at "+payment.Wallet+", "+string(payment.Status))
		add("The wallet said", payment.Code)
	}
	if refund := d.Refund; refund != nil {
		list = append(list, fact{Label: "Refund", Text: p.order.ID.RefundID(refund.Number) + ", " + string(refund.Status), Money: p.order.Money(refund.Amount)})
		add("Reason", refund.Reason)
		add(codeLabel(refund), refund.Code)
		add("Approval", decided(refund, e))
	}
	add("Needs attention", words(string(d.Attention)))
	if d.Observed != nil {
		list = append(list, fact{Label: "The wallet reports", Money: *d.Observed})
	}
	if c := d.Cleared; c != nil {
		add("Cleared", words(string(c.Flag.Why)))
		add("Outcome", c.Outcome)
		add("Note", c.Note)
		add("By", c.By)
	}
	add("The payer's app said", d.Hint)
	return list
}

// refundForm proposes to refund what is left.
func (p *page) refundForm() refundForm {
	var f refundForm
	for i := range p.order.Payments {
		payment := &p.order.Payments[i]
		if left := p.order.Left(payment); left > 0 {
			f.Payments = append(f.Payments, refundable{p.order.ID.PaymentID(payment.Number), payment.Number, payment.Wallet, p.order.Money(left)})
		}
	}
	switch {
	case !p.May(operator.Refund):
		f.Why = whyRole
	case len(f.Payments) == 0 && p.order.Paid == 0:
		f.Why = "Nothing was paid."
	case len(f.Payments) == 0:
		f.Why = "Nothing is left to refund."
	case !p.can(f.Payments[0].Wallet, wallet.CanRefund):
		f.Why = "This wallet cannot refund."
	}
	if len(f.Payments) > 0 {
		f.Left = f.Payments[0].Left
	}
	return f
}

// can reports whether a wallet of the app has a capability.
func (p *page) can(name string, c wallet.Capability) bool {
	for _, info := range p.engine.Wallets(p.app.Name) {
		if info.Name == name {
			return slices.Contains(info.Capabilities, c)
		}
	}
	return false
}

// Number writes a payment's number for a form.
func (r refundable) Value() string { return strconv.Itoa(r.Number) }
