package console

import "github.com/minitill/minitill/bridge"

// meaning is what a reason for attention means, what to check, and what to do.
// docs/attention.md says more.
type meaning struct{ What, Check, Do string }

var meanings = map[bridge.Attention]meaning{
	bridge.AmountMismatch: {
		"The wallet reports another amount or currency than the order's. The money is not booked, or it is booked with the wallet's sum.",
		"The payment in the wallet's own console, by its request id. The timeline shows the sum that the wallet reported.",
		"If the payer's sum settles the order, state paid with that amount. If not, refund at the wallet and state refunded. If nothing was paid, state failed.",
	},
	bridge.AmountUnknown: {
		"The wallet reports paid without an amount, also when queried.",
		"The payment in the wallet's own console.",
		"State paid with the amount that you see there, or failed.",
	},
	bridge.LatePayment: {
		"Money came for an order that had ended unpaid. The payer may not expect it any more.",
		"Whether you can still deliver.",
		"Deliver and clear with a note, or refund the order and then clear it.",
	},
	bridge.LateAuthorization: {
		"The wallet holds money for an order that had ended.",
		"Whether you still want the order.",
		"Void the hold, or capture it. If the wallet released it already, state voided.",
	},
	bridge.DoublePayment: {
		"Two payments of this order were paid.",
		"Both payments below, and the payer's account at the wallet.",
		"Refund one of them. If you returned the money in another way, state refunded.",
	},
	bridge.PaymentReversed: {
		"The wallet took back money that was paid.",
		"The payment in the wallet's own console: was it charged back or canceled there?",
		"Stop the delivery and clear with a note. If the wallet was wrong and the money is there, state paid.",
	},
	bridge.PaymentUnresolved: {
		"A payment is still open long after the order expired, and the wallet does not end it.",
		"The payment in the wallet's own console.",
		"Query the wallet now. If it still does not know, state paid or failed as its console shows.",
	},
	bridge.HoldUnresolved: {
		"Money has been held for days, neither captured nor released.",
		"Whether the order was delivered. Most holds end after seven days.",
		"Capture or void it. If that happened at the wallet, state paid or voided.",
	},
	bridge.OperationUnresolved: {
		"The outcome of a capture or void is not known.",
		"The payment in the wallet's own console.",
		"Query the wallet now. State paid, voided or, if it was not executed, failed.",
	},
	bridge.RefundMismatch: {
		"A refund contradicts the books of this order.",
		"The refunds below against the refunds in the wallet's own console.",
		"Correct it at the wallet, then clear with a note that says what was found.",
	},
	bridge.ForeignRefund: {
		"A refund was made that this till did not send, for example in the wallet's own console.",
		"Who made it, and whether the payer was refunded twice.",
		"Clear with a note that says who made it and why.",
	},
	bridge.RefundUnconfirmed: {
		"A refund got no answer, and this wallet has no query for refunds. It is not repeated, since that could pay twice.",
		"The refund in the wallet's own console, by its request id.",
		"State refunded or failed as you see it there.",
	},
	bridge.RefundUnresolved: {
		"A refund has been pending for more than a day.",
		"The refund in the wallet's own console; a person there may have to approve it.",
		"Query the wallet now. If it still does not know, state refunded or failed as its console shows.",
	},
	bridge.RefundImpossible: {
		"A refund was requested that no wallet of this order can make.",
		"How the payer can get the money back otherwise.",
		"Return it in another way and state refunded, or clear with a note.",
	},
	bridge.UnknownPayment: {
		"The wallet reports a payment that this order does not have.",
		"The unmatched notifications, and the payment in the wallet's own console.",
		"Find out whose money it is. Clear with a note.",
	},
	bridge.UnconfirmedNews: {
		"A notification needs a status query to be accepted, and this wallet has none.",
		"The payment in the wallet's own console.",
		"State paid, failed or refunded as you see it there.",
	},
	bridge.UnreadableNews: {
		"The wallet sent an amount or a time that cannot be represented.",
		"The notification as received, and the payment in the wallet's own console.",
		"State paid with the amount, or failed.",
	},
	bridge.WalletMissing: {
		"Work is open at a wallet that is not in the configuration any more.",
		"Whether the wallet was removed or renamed by mistake.",
		"Put the wallet back into the configuration. If it is gone for good, state the outcome that its console shows.",
	},
	bridge.InternalError: {
		"Processing this order failed by an error of the till.",
		"The server's log for this order's id.",
		"Query the wallet now. When the order is right again, clear with a note.",
	},
}
