package console

import (
	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/wallet"
)

// button is an action of the order page. One that is not possible now is greyed, with why.
type button struct {
	Name, Label string
	Hint        string // what it does
	Why         string // why it is not possible; empty: it is
	Amount      *wallet.Money
}

const whyRole = "Your role does not include this."

// buttons are the actions of an order, possible or not, in a fixed order.
func (p *page) buttons() []button {
	o := &p.order
	list := []button{
		{Name: "refresh", Label: "Query the wallet now", Hint: "Sends a status query and applies the answer.", Why: whyNotRefresh(o)},
		{Name: "capture", Label: "Capture", Hint: "Takes the money that is held, all or a part; the rest is released.", Why: p.whyNotOperate(wallet.CanCapture)},
		{Name: "void", Label: "Void", Hint: "Releases the money that is held.", Why: p.whyNotOperate(wallet.CanVoid)},
		{Name: "cancel", Label: "Cancel the order", Hint: "Closes an unpaid order. The payer may still pay before the wallet has closed it.", Why: whyNotCancel(o)},
	}
	rights := map[string]operator.Action{
		"refresh": operator.Refresh, "capture": operator.Capture, "void": operator.Void, "cancel": operator.Cancel,
	}
	for i := range list {
		if b := &list[i]; !p.May(rights[b.Name]) {
			b.Why = whyRole
		} else if held := o.HeldPayment(); b.Name == "capture" && held != nil {
			b.Amount = new(o.Money(held.Authorized))
		}
	}
	return list
}

func whyNotRefresh(o *bridge.Order) string {
	if len(o.Payments) == 0 {
		return "No payment was opened yet."
	}
	return ""
}

// whyNotOperate says why held money cannot be captured or voided.
func (p *page) whyNotOperate(c wallet.Capability) string {
	held := p.order.HeldPayment()
	switch {
	case held == nil:
		return "No money is held."
	case held.Operation != nil:
		return "A capture or void is under way."
	case !p.can(held.Wallet, c):
		return "This wallet cannot do that."
	}
	return ""
}

func whyNotCancel(o *bridge.Order) string {
	switch {
	case o.Closed != "" && o.OpenPayment() == nil:
		return "It is closed already."
	case o.Paid > 0:
		return "It is paid; refund it instead."
	case o.HeldPayment() != nil:
		return "Money is held; void it instead."
	}
	return ""
}
