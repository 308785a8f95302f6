package page

import "time"

// View is an Ask or a Result.
type View interface{ sheet() sheet }

// Ask is a page that asks the payer for a decision.
type Ask struct {
	Status        string // data-status, in the wallet's own words
	Merchant      string // Config.Merchant when empty
	Before, After string // around the merchant's name; "Pay to" before it when both are empty
	Amount        Amount // nothing when zero
	Notes         []Fact // below the amount
	Facts         []Fact
	Expires       time.Time // counted down; zero: never
	QR            string    // the content of a QR code; none when empty
	Links         []Link    // to an app or another page
	Sections      []Section
	Forms         []Form // the first one is the payer's, those for tests come last
	ReturnURL     string // where the decision may lead, for the security policy
}

// Result is a page that shows the result of a decision, or a state without one.
type Result struct {
	Status        string
	Tone          string // good, bad, calm or busy; see design.css
	Icon          string // see design.Icon
	Heading, Body string
	Amount        Amount
	Facts         []Fact
	ReturnURL     string // a decision redirects the payer there; later visits link to it
	Message       Message
}

// Message is what a result sends to the page that opened it or shows it in a frame.
type Message struct {
	Type       string // "minitill:cashier" when empty
	Outcome    string // what was decided
	ResultCode string // what my.tradePay reports for it
	AuthCode   string
}

// Amount is money as it is shown: digits, and a currency or token.
type Amount struct{ Decimal, Currency string }

// Fact is a line with a label and a value, an amount, or both.
type Fact struct {
	Label, Value string
	Amount       Amount
	Code         bool // for machines, such as an address: shown in a monospaced font
}

// Link leads to another page. URL may have any scheme that runs no script.
type Link struct{ Label, URL string }

// Section is a part of a page that the wallet renders itself: pages/<Template>.html of its
// files.
type Section struct {
	Template string
	Data     any
}

// Form posts one of its buttons, and its fields, to the page's own address.
type Form struct {
	Title   string
	Test    bool // for tests only: set apart, with small buttons
	Fields  []Field
	Buttons []Button // the first one is the primary one
}

// Field is a choice among Options or, without any, a decimal number.
type Field struct {
	Name, Label string
	Value       string // chosen or filled in at first
	Options     []Option
	Unit        string // beside a number, such as a currency
}

// Option is one choice of a field.
type Option struct{ Value, Label, Note string }

// Button is one decision.
type Button struct {
	Name        string // of the form's field; "outcome" when empty
	Value       string
	Label, Icon string // the icon is shown on buttons for tests
}

// outcomeStyles are the colour and the picture of the states that all wallets have.
var outcomeStyles = map[string]struct{ tone, icon string }{
	"pending":    {"calm", "clock"},
	"processing": {"busy", "clock"},
	"authorized": {"good", "hold"},
	"paid":       {"good", "check"},
	"failed":     {"bad", "cross"},
	"expired":    {"calm", "clock"},
	"canceled":   {"calm", "stop"},
	"voided":     {"calm", "release"},
}

// Result is the result page of a state: pending, processing, authorized, paid, failed,
// expired, canceled or voided. Its texts are "<state>.heading" and "<state>.body". For
// a state of its own a wallet has such texts too, and sets Tone and Icon.
func (v *Visit) Result(state string) Result {
	style := outcomeStyles[state]
	return Result{Tone: style.tone, Icon: style.icon, Heading: v.Say(state + ".heading"), Body: v.Say(state + ".body")}
}
