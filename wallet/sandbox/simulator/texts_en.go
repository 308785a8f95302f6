package simulator

var english = &texts{
	Lang: "en", Dir: "ltr",

	Title:          "Sandbox cashier",
	Test:           "Test",
	NotRealMoney:   "This is a test wallet. No money moves.",
	PayTo:          "Pay to",
	For:            "For",
	AmountLabel:    "Amount",
	FeeIncluded:    "including a fee of",
	Expires:        "Time left",
	Pay:            "Pay now",
	TestOutcomes:   "Other outcomes, for testing",
	Decline:        "Decline the payment",
	Later:          "Pay later (completes by itself)",
	Leave:          "Leave without paying",
	BackToShop:     "Back to the shop",
	Close:          "You can close this page.",
	MissingHeading: "This payment link does not work",
	MissingBody:    "It may be incomplete. Go back to the shop and try again.",

	results: map[status][2]string{
		pending:    {"You left without paying", "The payment is still open until it expires."},
		processing: {"Payment is being processed", "It will complete by itself."},
		authorized: {"Payment authorized", "The amount is held for the merchant."},
		paid:       {"Payment complete", "The merchant has been told."},
		failed:     {"Payment declined", "Nothing was paid."},
		canceled:   {"Payment canceled", "The merchant canceled this payment."},
		expired:    {"Payment expired", "The time to pay has run out. Nothing was paid."},
		voided:     {"Payment released", "The held amount was released. Nothing was paid."},
	},
}
