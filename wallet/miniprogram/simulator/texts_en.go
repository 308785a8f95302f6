package simulator

var english = &texts{
	Title:        "Wallet simulator",
	Test:         "Test",
	NotRealMoney: "This wallet is simulated. No money moves.",

	PayTo:       "Pay to",
	For:         "For",
	OrderLabel:  "Order",
	AmountLabel: "Amount",
	Expires:     "Time left",
	Pay:         "Pay now",
	Authorize:   "Authorize",
	HoldNote:    "The amount is held now and taken later.",

	TestOutcomes: "Other outcomes, for testing",
	Decline:      "Insufficient balance",
	Later:        "Processing (completes by itself)",
	Cancel:       "Cancel",
	Leave:        "Close without a result",
	BackToShop:   "Back to the shop",
	Close:        "You can close this page.",

	Asks:         "asks for your consent",
	AsksScopes:   "The mini program will learn:",
	Contract:     "Pay without the cashier",
	ContractBody: "The merchant may charge this wallet without asking each time.",
	Agree:        "Agree",
	Sign:         "Agree and sign",
	Refuse:       "Refuse",
	Agreed:       "You agreed",
	AgreedBody:   "The mini program receives a code that works once.",
	Refused:      "You refused",
	RefusedBody:  "Nothing was shared.",
	Code:         "Code",

	MissingHeading: "This link does not work",
	MissingBody:    "It may be incomplete or too old. Go back to the shop and try again.",

	results: map[status][2]string{
		pending:    {"You left without paying", "The payment is still open until it expires."},
		processing: {"Payment is being processed", "It will complete by itself."},
		authorized: {"Payment authorized", "The amount is held for the merchant."},
		paid:       {"Payment complete", "The merchant has been told."},
		failed:     {"Insufficient balance", "Nothing was paid."},
		canceled:   {"Payment canceled", "The merchant canceled this payment."},
		expired:    {"Payment expired", "The time to pay has run out. Nothing was paid."},
		voided:     {"Payment released", "The held amount was released. Nothing was paid."},
	},
}
