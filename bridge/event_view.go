package bridge

import (
	"strconv"
	"strings"

	"github.com/minitill/minitill/wallet"
)

const eventPrefix = "evt_"

// ID is the event's id, as the contract shows it: "evt_…-1".
func (k EventKey) ID() string {
	return eventPrefix + k.Order.core() + "-" + strconv.FormatInt(k.Sequence, 10)
}

// ParseEventID returns the key of the event of that id, when s has the form of one.
func ParseEventID(s string) (EventKey, bool) {
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
	Hint      string        `json:"hint,omitempty"`     // what the client saw, noted and not believed
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
		v.Payment = new(data.Payment.view(e.Order, ForMerchant))
	}
	if data.Refund != nil {
		v.Refund = new(data.Refund.view(&order))
	}
	if data.Payer != nil {
		v.Payer = &PayerView{data.Payer.ID}
	}
	return v
}
