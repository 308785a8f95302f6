package outbound

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Wallet is one configured wallet with its limits, circuit breaker and pace.
type Wallet struct {
	wallet.Wallet
	Name       string
	App        string        // the app whose wallet it is
	slots      chan struct{} // one for each call under way
	querySlots chan struct{} // one for each of reconcile's own calls under way
	Pace       wallet.Pace
	breaker    breaker
	failing    atomic.Pointer[failure] // of the last call; nil when the wallet answered it
	// pausedUntil is the end of a pause of status queries, in Unix milliseconds; see
	// PauseQueries.
	pausedUntil atomic.Int64
	timeout     time.Duration // of one call
	now         func() time.Time
	log         *slog.Logger
	// Observe is notified of each call; nil: nothing is. It is set before the first call.
	Observe Observe
	// Trace begins the spans of calls; nil: there are none. It is set before the first call.
	Trace Trace
}

// Wallets are the configured wallets by name.
type Wallets map[string]*Wallet

// Named returns the wallet of that name. A wallet with open orders may have been removed from
// the configuration, or renamed.
//
// Faults: Unavailable.
func (m Wallets) Named(name string) (*Wallet, error) {
	if t := m[name]; t != nil {
		return t, nil
	}
	return nil, fault.New(fault.Unavailable, "outbound.Reach", "The wallet "+name+" is not configured on this server.")
}

// Lag returns the lag of the wallet of that name; the usual lag when it is not configured.
func (m Wallets) Lag(name string) time.Duration {
	if t := m[name]; t != nil {
		return t.Lag()
	}
	return usualLag
}

// Open prepares a wallet for calls. places bounds the concurrent calls, and timeout each of
// them. An eighth of the places is for due orders' status queries.
func Open(name string, w wallet.Wallet, places int, timeout time.Duration, now func() time.Time, log *slog.Logger) *Wallet {
	t := &Wallet{
		Wallet: w, Name: name, timeout: timeout, now: now, log: log,
		slots: make(chan struct{}, places), querySlots: make(chan struct{}, max(1, places/8)),
	}
	if paced, ok := w.(wallet.Paced); ok {
		t.Pace = paced.Pace()
	}
	return t
}

// AcquireQueries acquires query slots for up to most due orders, and returns how many: none
// when queries are paused or the circuit breaker is open, one when it is half-open, and no
// more than there are free slots for queries and for calls. The caller must call
// ReleaseQuery for each.
func (t *Wallet) AcquireQueries(now time.Time, most int) (n int) {
	if t.paused(now) {
		return 0
	}
	most = t.breaker.room(now, min(most, cap(t.slots)-len(t.slots)), len(t.querySlots))
	for ; n < most; n++ {
		select {
		case t.querySlots <- struct{}{}:
		default:
			return n
		}
	}
	return n
}

// ReleaseQuery releases one slot of AcquireQueries.
func (t *Wallet) ReleaseQuery() { <-t.querySlots }

// QuerySlots returns how many due orders may be queried at once.
func (t *Wallet) QuerySlots() int { return cap(t.querySlots) }

// Unqueryable reports whether no due order may be queried now, whatever slots are free:
// queries are paused, or the circuit breaker is open.
func (t *Wallet) Unqueryable(now time.Time) bool { return t.paused(now) || t.breaker.open(now) }

func (t *Wallet) paused(now time.Time) bool { return now.UnixMilli() < t.pausedUntil.Load() }

// PauseQueries stores the Retry-After of err; until then the engine sends this wallet no
// status queries of due orders.
func (t *Wallet) PauseQueries(now time.Time, err error) {
	if wait := fault.Of(err).RetryAfter; err != nil && wait > 0 {
		t.pausedUntil.Store(now.Add(wait).UnixMilli())
	}
}

// Lag returns how long the answers of status queries may lag behind calls.
func (t *Wallet) Lag() time.Duration { return cmp.Or(t.Pace.Lag, usualLag) }

// Query sends a status query about a payment. limit is its deadline. It ends with ctx.
//
// Faults: NotFound when the wallet does not know the payment; Unsupported; those of Call.
func (t *Wallet) Query(ctx context.Context, limit time.Duration, ref wallet.Ref) (wallet.Payment, error) {
	querier, ok := wallet.As[wallet.Querier](t.Wallet)
	if !ok {
		return wallet.Payment{}, fault.New(fault.Unsupported, "outbound.query", "This wallet has no status query.")
	}
	got, err := callWithin(ctx, limit, t, QueryPayment, func(ctx context.Context) (wallet.Payment, error) {
		return querier.QueryPayment(ctx, ref)
	})
	if err == nil {
		got.RequestID = ref.RequestID
	}
	return got, err
}

// QueryRefund sends a status query about a refund. limit is its deadline. It ends with ctx.
//
// Faults: NotFound when the wallet does not know the refund; Unsupported; those of Call.
func (t *Wallet) QueryRefund(ctx context.Context, limit time.Duration, ref wallet.RefundRef) (wallet.Refund, error) {
	querier, ok := wallet.As[wallet.RefundQuerier](t.Wallet)
	if !ok {
		return wallet.Refund{}, fault.New(fault.Unsupported, "outbound.queryRefund", "This wallet has no status query for refunds.")
	}
	got, err := callWithin(ctx, limit, t, QueryRefund, func(ctx context.Context) (wallet.Refund, error) {
		return querier.QueryRefund(ctx, ref)
	})
	if err != nil {
		return got, err
	}
	id := got.RefundID
	if id == "" {
		id = ref.RefundID
	}
	got.RefundRef = wallet.RefundRef{RequestID: ref.RequestID, RefundID: id, Payment: ref.Payment}
	return got, nil
}

// usualLag is the lag of a wallet whose Pace names none.
const usualLag = time.Minute
