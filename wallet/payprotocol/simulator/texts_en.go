package simulator

var english = map[string]string{
	"title":   "Pay Protocol, simulated",
	"price":   "Price",
	"network": "Network",
	"address": "Address",
	"token":   "Pay with",
	"change":  "Change",

	"received": "Received",
	"sum":      "Sum to send",
	"send":     "Send",
	"under":    "Send 60 %",
	"over":     "Send 110 %",
	"much":     "Send 150 %",
	"fail":     "Let the time run out",

	"refunded.heading": "Payment refunded",
	"refunded.body":    "The money went back to where it came from.",

	"refundOf":  "Refund by",
	"refund":    "Refund",
	"refundSum": "Sum to send back",
	"approve":   "Approve",
	"reject":    "Reject",
	"review":    "Put under review",

	"refundDone.heading":     "Refund sent",
	"refundDone.body":        "The merchant has been told.",
	"refundInBlock.heading":  "Refund on its way",
	"refundInBlock.body":     "The transfer waits for its block.",
	"refundFailed.heading":   "Refund failed",
	"refundFailed.body":      "The transfer did not go through. No money moved.",
	"refundRejected.heading": "Refund rejected",
	"refundRejected.body":    "No money moved. The merchant has been told.",
}
