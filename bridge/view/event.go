package view

import (
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// EventData is what an event changed, as the merchant's feed shows it: the members that it
// changed, as they stood afterwards.
type EventData struct {
	Order     *Order           `json:"order,omitempty"`
	Payment   *Payment         `json:"payment,omitempty"`
	Refund    *Refund          `json:"refund,omitempty"`
	Payer     *Payer           `json:"payer,omitempty"`
	Attention bridge.Attention `json:"attention,omitempty"`
	Observed  *wallet.Money    `json:"observed,omitempty"` // the wallet's sum, where it differs from ours
	Cleared   *Cleared         `json:"cleared,omitempty"`
	Decision  *Decision        `json:"decision,omitempty"`
	Hint      string           `json:"hint,omitempty"` // the client's result; it decides nothing
}

// Decision is how a second operator, or time, has decided about a refund.
type Decision struct {
	Approval bridge.ApprovalState `json:"approval"`
	Note     string               `json:"note"`
}

// Cleared is a reason for attention that was resolved.
type Cleared struct {
	Attention bridge.Attention `json:"attention"`
	By        string           `json:"by"`
	Note      string           `json:"note"`
	Outcome   string           `json:"outcome,omitempty"`
}

// NewFeedEvent returns the event with its data, as the merchant's feed shows it.
func NewFeedEvent(e *store.FeedEvent) Event {
	v := NewEvent(&e.Event)
	v.Data = viewData(e)
	return v
}

func viewData(e *store.FeedEvent) EventData {
	data := &e.Data
	v := EventData{Attention: data.Attention, Observed: data.Observed, Hint: data.Hint}
	order := bridge.Order{ID: e.Order, Amount: wallet.Money{Currency: e.Currency}} // whose parts are shown
	if data.Order != nil {
		v.Order = new(NewOrder(data.Order, ForMerchant))
	}
	if data.Payment != nil {
		v.Payment = new(viewPayment(data.Payment, &order, ForMerchant))
		v.Payment.Refundable = nil // it depends on refunds that the event does not show
	}
	if data.Refund != nil {
		v.Refund = new(viewRefund(data.Refund, &order))
		v.Decision = decisionOf(e)
	}
	if data.Payer != nil {
		v.Payer = &Payer{data.Payer.ID}
	}
	if c := data.Cleared; c != nil {
		v.Cleared = &Cleared{Attention: c.Flag.Why, By: c.By, Note: c.Note, Outcome: c.Outcome}
	}
	return v
}

// decisionOf returns the decision that an event about a refund records, or nil.
func decisionOf(e *store.FeedEvent) *Decision {
	a := &e.Data.Refund.Approval
	recorded := bridge.RefundFailed
	if a.State == bridge.ApprovalApproved {
		recorded = bridge.RefundPending
	}
	if !a.DecidedAt.Equal(e.At) || e.Type != recorded {
		return nil
	}
	return &Decision{a.State, a.Note}
}

// Event is an event as the contract shows it.
type Event struct {
	ID       string           `json:"id"`
	Order    bridge.OrderID   `json:"order"`
	Sequence int64            `json:"sequence"`
	Type     bridge.EventType `json:"type"`
	At       time.Time        `json:"at"`
	Source   bridge.Source    `json:"source"`
	By       string           `json:"by,omitempty"` // the API key or operator, where one acted
	Data     any              `json:"data"`
}

// NewEvent returns the event as the contract shows it, without its data.
func NewEvent(e *bridge.Event) Event {
	return Event{
		ID: e.ID(), Order: e.Order,
		Sequence: e.Sequence, Type: e.Type, At: e.At, Source: e.Source, By: e.Data.By,
	}
}
