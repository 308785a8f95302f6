package page

var english = map[string]string{
	"test":         "Test",
	"notRealMoney": "This wallet is simulated. No money moves.",

	"payTo":     "Pay to",
	"for":       "For",
	"order":     "Order",
	"amount":    "Amount",
	"timeLeft":  "Time left",
	"pay":       "Pay now",
	"authorize": "Authorize",
	"holdNote":  "The amount is held now and taken later.",
	"qr":        "QR code for this payment",

	"testOutcomes": "Other outcomes, for testing",
	"backToShop":   "Back to the shop",
	"close":        "You can close this page.",

	"missing.heading": "This link does not work",
	"missing.body":    "It may be incomplete or too old. Go back to the shop and try again.",

	"pending.heading":    "You left without paying",
	"pending.body":       "The payment is still open until it expires.",
	"processing.heading": "Payment is being processed",
	"processing.body":    "It will complete by itself.",
	"authorized.heading": "Payment authorized",
	"authorized.body":    "The amount is held for the merchant.",
	"paid.heading":       "Payment complete",
	"paid.body":          "The merchant has been told.",
	"failed.heading":     "Payment declined",
	"failed.body":        "Nothing was paid.",
	"canceled.heading":   "Payment canceled",
	"canceled.body":      "The merchant canceled this payment.",
	"expired.heading":    "Payment expired",
	"expired.body":       "The time to pay has run out. Nothing was paid.",
	"voided.heading":     "Payment released",
	"voided.body":        "The held amount was released. Nothing was paid.",
}
