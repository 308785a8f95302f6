package payprotocol

import (
	"slices"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

const ourSide = "The wallet does not accept how it is called; its settings or our clock are wrong."

// refusals is the table from codes to faults. The provider publishes no codes but 200 for
// success; these are those of HTTP, which it also returns. A code that is not in the table is
// Unknown, unless the settings list it in RefusalCodes.
var refusals = wire.Codes{
	"400": {Kind: fault.Declined, Detail: "The wallet refused the request."},
	"401": {Kind: fault.Unavailable, Detail: ourSide},
	"403": {Kind: fault.Unavailable, Detail: ourSide},
	"404": {Kind: fault.NotFound, Detail: "The wallet knows no such payment or refund."},
	"409": {Kind: fault.Conflict, Detail: "The wallet has this already, or its state does not allow it."},
	"422": {Kind: fault.Declined, Detail: "The wallet refused the request."},
	"429": {Kind: fault.Unavailable, Detail: "The wallet is busy."},
}

const success = "200"

func (w *Wallet) refusal(op, code string) error {
	if slices.Contains(w.refusalCodes, code) {
		return refusals["400"].Fault(op, code)
	}
	return refusals.Fault(op, code)
}

// refusedQuestion is for queries, where a refusal says nothing about the payment, unless it is
// NotFound.
func refusedQuestion(err error) error {
	return wire.Reclassify(err, fault.Unknown, fault.Declined, fault.Conflict)
}

// isRefusal reports whether the provider has judged a request and refused it.
func isRefusal(err error) bool {
	switch fault.KindOf(err) {
	case fault.Declined, fault.Conflict, fault.NotFound:
		return err != nil
	}
	return false
}
