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

	"terms":           "Terms",
	"limit":           "At most, each time",
	"asksAgreement":   "asks to charge this wallet later, without asking each time",
	"mayCharge":       "may charge this wallet without asking each time",
	"sign":            "Agree and sign",
	"signAgain":       "Sign again",
	"refuse":          "Refuse",
	"endAgreement":    "End the agreement",
	"code":            "Code",
	"signed.heading":  "You agreed",
	"signed.body":     "The merchant receives a code that works once.",
	"refused.heading": "You refused",
	"refused.body":    "Nothing was signed.",
	"ended.heading":   "The agreement has ended",
	"ended.body":      "The merchant cannot charge this wallet by it any more.",
}
