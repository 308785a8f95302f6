package simulator

var english = map[string]string{
	"title": "Wallet simulator",

	"decline":        "Insufficient balance",
	"later":          "Processing (completes by itself)",
	"cancel":         "Cancel",
	"leave":          "Close without a result",
	"failed.heading": "Insufficient balance",

	"asks":            "asks for your consent",
	"asksScopes":      "The mini program will learn:",
	"contract":        "Pay without the cashier",
	"contractBody":    "The merchant may charge this wallet without asking each time.",
	"agree":           "Agree",
	"sign":            "Agree and sign",
	"refuse":          "Refuse",
	"agreed.heading":  "You agreed",
	"agreed.body":     "The mini program receives a code that works once.",
	"refused.heading": "You refused",
	"refused.body":    "Nothing was shared.",
	"code":            "Code",
}
