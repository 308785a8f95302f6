package index

import (
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// measure is one number of a row of sums.
type measure int

// The measures. The numbers of ToPaid follow toPaid.
const (
	created measure = iota
	paid
	failed
	canceled
	expired
	voided
	taken
	refunded
	reversed
	fees
	toPaid
)

const measures = int(toPaid) + len(ToPaidBounds) + 1

// sumColumns are the columns of the measures.
var sumColumns = [measures]string{
	"created", "paid", "failed", "canceled", "expired", "voided", "taken", "refunded", "reversed", "fees",
	"p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12",
}

// outcomes are the measures that count how orders end.
var outcomes = map[wallet.Status]measure{
	wallet.Paid: paid, wallet.Failed: failed, wallet.Canceled: canceled, wallet.Expired: expired, wallet.Voided: voided,
}

// bucketOf returns the place of a time in Sums.ToPaid.
func bucketOf(took time.Duration) int {
	i, _ := slices.BinarySearch(ToPaidBounds[:], took)
	return i
}

// The spans of rows of sums, in seconds. A quarter of an hour divides the hours of every time
// zone; the others, which begin with those of UTC, make fewer rows of a longer time.
const (
	quarter int64 = 15 * 60
	hour    int64 = 60 * 60
	day     int64 = 24 * hour
)

// key is what a sum is of: a currency and a wallet, at a time in UTC milliseconds.
type key struct {
	currency wallet.Currency
	at       int64
	wallet   string
}

// row is a row of sums: at is the beginning of its span, in seconds.
type row struct {
	currency wallet.Currency
	span, at int64
	wallet   string
}

// localDay is the span of rows of the days of the app's time zone, which may have 23 or 25
// hours. It is a name and no length.
const localDay int64 = 1

// tally collects what a step adds to the sums of an app.
type tally struct {
	zone *time.Location // of local days; nil: there are none
	rows map[row]*[measures]int64
}

func (t *tally) add(k key, m measure, n int64) {
	if n == 0 || k.currency == "" {
		return
	}
	if t.rows == nil {
		t.rows = make(map[row]*[measures]int64)
	}
	for _, span := range []int64{quarter, hour, day} {
		t.count(row{k.currency, span, floor(k.at, span*1000) / 1000, k.wallet}, m, n)
	}
	if t.zone != nil {
		y, month, d := time.UnixMilli(k.at).In(t.zone).Date()
		t.count(row{k.currency, localDay, dayBegin(y, month, d, t.zone), k.wallet}, m, n)
	}
}

func (t *tally) count(r row, m measure, n int64) {
	if t.rows[r] == nil {
		t.rows[r] = new([measures]int64)
	}
	t.rows[r][m] += n
}

// floor rounds down to a multiple of step, also before 1970.
func floor(n, step int64) int64 {
	rest := n % step
	if rest < 0 {
		rest += step
	}
	return n - rest
}

// countMoney adds what an event changed of captured, refunded and reversed money and of fees,
// at the wallet of the payment. A fee counts in its own currency.
func countMoney(before, after *bridge.Order, e *bridge.Event, sums *tally) {
	at := e.At.UnixMilli()
	for i := range after.Payments {
		p, was := &after.Payments[i], bridge.Payment{}
		if old := before.Payment(i + 1); old != nil {
			was = *old
		}
		k := key{after.Amount.Currency, at, p.Wallet}
		sums.add(k, taken, p.Paid-was.Paid)
		sums.add(k, refunded, p.Refunded-was.Refunded)
		sums.add(k, reversed, p.Reversed-was.Reversed)
		countFees(p.Fees, at, p.Wallet, 1, sums)
		countFees(was.Fees, at, p.Wallet, -1, sums)
	}
	for i := range after.Refunds {
		name, fee := refundWallet(after, &after.Refunds[i]), after.Refunds[i].Fee
		sums.add(key{fee.Currency, at, name}, fees, fee.Minor)
		if i < len(before.Refunds) {
			was := before.Refunds[i].Fee
			sums.add(key{was.Currency, at, name}, fees, -was.Minor)
		}
	}
}

func countFees(list []wallet.Fee, at int64, name string, sign int64, sums *tally) {
	for _, fee := range list {
		sums.add(key{fee.Amount.Currency, at, name}, fees, sign*fee.Amount.Minor)
	}
}

func refundWallet(o *bridge.Order, r *bridge.Refund) string {
	if p := o.Payment(r.Payment); p != nil {
		return p.Wallet
	}
	return ""
}
