package index

import (
	"time"

	"github.com/minitill/minitill/wallet"
)

// SumsQuery selects sums of one app in one currency.
type SumsQuery struct {
	App      string          // required
	Currency wallet.Currency // required
	Wallet   string          // empty: of every wallet, each by itself
	// From and To are the bounds, rounded down to 15 minutes. They may cut the first and the
	// last period.
	From, To time.Time
	Step     Step           // at most MaxPeriods of them
	Zone     *time.Location // in which hours and days begin; nil is UTC
}

// Step is the length of the periods of sums.
type Step string

// The steps. The zero value makes one period of the whole time.
const (
	Hourly Step = "hour"
	Daily  Step = "day"
)

// Sums are what happened at one wallet in one period. Money is in minor units of the
// currency of the query. A count is of orders, at the time when the order changed:
// an order that fails and is paid later no longer counts as failed.
type Sums struct {
	From, To time.Time // of the period
	Wallet   string    // empty for orders without a payment

	Created, Paid, Failed, Canceled, Expired, Voided int64

	Taken    int64 // captured
	Refunded int64 // by refunds that succeeded
	Reversed int64 // taken back by wallets after capture
	Fees     int64 // of payments and refunds, as far as wallets report them

	// ToPaid counts paid orders by the time from creation: ToPaid[i] took at most
	// ToPaidBounds[i] and longer than the bound before, the last one longer than all.
	ToPaid [len(ToPaidBounds) + 1]int64
}

// ToPaidBounds are the bounds of Sums.ToPaid.
var ToPaidBounds = [...]time.Duration{
	5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
	10 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour,
}
