package index

import (
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// Query selects orders of one app, newest first.
type Query struct {
	App string // required
	// Text is what a person holds: an id of ours or its beginning, a reference or a wallet's
	// payment id or their beginning, a payer's id, or an amount. Case and spaces do not
	// matter. Empty selects all orders.
	Text   string
	Filter Filter
	After  Cursor // the Next of the page before; empty for the first page
	Limit  int    // of entries; zero is DefaultPage, and more than MaxPage is MaxPage
}

// The lengths of pages.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// Filter narrows a query. A zero field selects all.
type Filter struct {
	Status    wallet.Status
	Wallet    string // of the newest payment
	Currency  wallet.Currency
	Attention string    // an open reason, or AnyAttention
	By        Time      // what From and To bound, and what the list is sorted by
	From, To  time.Time // in [From, To)
}

// AnyAttention selects orders that have an open reason for attention.
const AnyAttention = "any"

// Time is one of the times of an order.
type Time string

// The times. The zero value is ByCreated. ByPaid leaves out orders that were never paid.
const (
	ByCreated Time = "created"
	ByPaid    Time = "paid"
)

// Cursor is where a page ends, as text that is safe in a URL.
type Cursor string

// Page is a part of a list.
type Page struct {
	Entries []Entry
	Next    Cursor // empty on the last page
	// Partial reports that more orders match the beginning of a text than the index reads:
	// a longer text finds them.
	Partial bool
	// Read is how many rows were read for the page.
	Read int
}

// Entry is an order as lists show it. It is as old as the index; see Status.
type Entry struct {
	ID            bridge.OrderID
	App           string
	Status        wallet.Status
	Wallet        string // of the newest payment; empty before the first
	Reference     string // the merchant's own number
	Amount        wallet.Money
	Paid          wallet.Money
	Refunded      wallet.Money
	RefundPending wallet.Money
	Reversed      wallet.Money
	Attention     []bridge.Attention // open reasons
	CreatedAt     time.Time
	PaidAt        time.Time // by our clock; zero unless it was paid
	ChangedAt     time.Time // of the last event
	Version       int64     // the number of the last event
}

// MaxCount is where counting stops.
const MaxCount = 1000

// Count is a bounded count: More reports that there are more than N.
type Count struct {
	N    int
	More bool
}

// String returns the count for people: "1,000+".
func (c Count) String() string {
	s := strconv.Itoa(c.N)
	if c.N >= 1000 {
		s = s[:len(s)-3] + "," + s[len(s)-3:]
	}
	if c.More {
		s += "+"
	}
	return s
}
