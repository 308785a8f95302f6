package simulator

var english = map[string]string{
	"title":           "Sandbox cashier",
	"notRealMoney":    "This is a test wallet. No money moves.",
	"feeIncluded":     "including a fee of",
	"decline":         "Decline the payment",
	"later":           "Pay later (completes by itself)",
	"leave":           "Leave without paying",
	"missing.heading": "This payment link does not work",
	"missing.body":    "It may be incomplete. Go back to the shop and try again.",
}
