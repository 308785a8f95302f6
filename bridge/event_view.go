package bridge

import (
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
)

const eventPrefix = "evt_"

// ID is the event's id, as the contract shows it: "evt_…-1".
func (k EventKey) ID() string {
	return eventPrefix + k.Order.core() + "-" + strconv.FormatInt(k.Sequence, 10)
}

// ID is the event's id, as the contract shows it. A store that was restored from a backup
// may use a sequence again: its epoch keeps the ids apart.
func (e *Event) ID() string {
	if e.Data.Epoch > 0 {
		return e.Key().ID() + "-e" + strconv.Itoa(e.Data.Epoch)
	}
	return e.Key().ID()
}

// ParseEventID returns the key of the event of that id, when s has the form of one.
func ParseEventID(s string) (EventKey, bool) {
	s, epoch, found := strings.Cut(s, "-e")
	if n, ok := parseNumber(epoch); found && (!ok || n > maxEpoch) {
		return EventKey{}, false
	}
	core, number, _ := strings.Cut(strings.TrimPrefix(s, eventPrefix), "-")
	sequence, err := strconv.ParseInt(number, 10, 64)
	k := EventKey{Order: OrderID(orderPrefix + core), Sequence: sequence}
	if err != nil || sequence < 1 || !isULID(core) || k.ID() != s {
		return EventKey{}, false
	}
	return k, true
}

// Key names the event.
func (e *Event) Key() EventKey { return EventKey{Order: e.Order, Sequence: e.Sequence} }

// EventDataView is what an event changed, as the merchant's feed shows it: the member
// of what it changed, as that stood afterwards.
type EventDataView struct {
	Order     *OrderView    `json:"order,omitempty"`
	Payment   *PaymentView  `json:"payment,omitempty"`
	Refund    *RefundView   `json:"refund,omitempty"`
	Payer     *PayerView    `json:"payer,omitempty"`
	Attention Attention     `json:"attention,omitempty"`
	Observed  *wallet.Money `json:"observed,omitempty"` // what the wallet named, where it is not ours
	Cleared   *ClearedView  `json:"cleared,omitempty"`
	Hint      string        `json:"hint,omitempty"` // what the client saw, noted and not believed
}

// ClearedView is a reason for attention that was dealt with.
type ClearedView struct {
	Attention Attention `json:"attention"`
	By        string    `json:"by"`
	Note      string    `json:"note"`
	Outcome   string    `json:"outcome,omitempty"`
}

// FeedView is the event with its data, as the merchant's feed shows it.
func (e *FeedEvent) FeedView() EventView {
	view := e.View()
	view.Data = e.dataView()
	return view
}

func (e *FeedEvent) dataView() EventDataView {
	data := &e.Data
	v := EventDataView{Attention: data.Attention, Observed: data.Observed, Hint: data.Hint}
	order := Order{ID: e.Order, Amount: wallet.Money{Currency: e.Currency}} // whose parts are shown
	if data.Order != nil {
		v.Order = new(data.Order.View(ForMerchant))
	}
	if data.Payment != nil {
		v.Payment = new(data.Payment.view(&order, ForMerchant))
		v.Payment.Refundable = nil // it depends on refunds that the event does not show
	}
	if data.Refund != nil {
		v.Refund = new(data.Refund.view(&order))
	}
	if data.Payer != nil {
		v.Payer = &PayerView{data.Payer.ID}
	}
	if c := data.Cleared; c != nil {
		v.Cleared = &ClearedView{Attention: c.Flag.Why, By: c.By, Note: c.Note, Outcome: c.Outcome}
	}
	return v
}

// EventView is an event as the contract shows it.
type EventView struct {
	ID       string    `json:"id"`
	Order    OrderID   `json:"order"`
	Sequence int64     `json:"sequence"`
	Type     EventType `json:"type"`
	At       time.Time `json:"at"`
	Source   Source    `json:"source"`
	By       string    `json:"by,omitempty"` // the API key or operator, where one acted
	Data     any       `json:"data"`
}

// View is the event as the contract shows it, without its data.
func (e *Event) View() EventView {
	return EventView{
		ID: e.ID(), Order: e.Order,
		Sequence: e.Sequence, Type: e.Type, At: e.At, Source: e.Source, By: e.Data.By,
	}
}
