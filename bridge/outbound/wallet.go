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

// Wallet is one wallet with what the engine must know of it.
type Wallet struct {
	wallet.Wallet
	Name    string
	App     string        // the app whose wallet it is
	slots   chan struct{} // one for each call under way
	looks   chan struct{} // one for each of reconcile's own calls under way
	Pace    wallet.Pace
	breaker breaker
	failing atomic.Pointer[failure] // of the last call; nil when the wallet answered it
	// pausedUntil is until when, in Unix milliseconds, no look asks it; see pauseLooks.
	pausedUntil atomic.Int64
	timeout     time.Duration // of one call
	now         func() time.Time
	log         *slog.Logger
}

// Wallets are the configured wallets by name.
type Wallets map[string]*Wallet

// Reach is the wallet of that name. A wallet that has open work may have been removed
// from the configuration, or renamed.
//
// Faults: Unavailable.
func (m Wallets) Reach(name string) (*Wallet, error) {
	if t := m[name]; t != nil {
		return t, nil
	}
	return nil, fault.New(fault.Unavailable, "outbound.Reach", "The wallet "+name+" is not configured on this server.")
}

// Lag is the lag of the wallet of that name, configured or not.
func (m Wallets) Lag(name string) time.Duration {
	if t := m[name]; t != nil {
		return t.Lag()
	}
	return usualLag
}

// Open prepares a wallet for calls. places bounds the calls that are under way at once,
// timeout each of them.
func Open(name string, w wallet.Wallet, places int, timeout time.Duration, now func() time.Time, log *slog.Logger) *Wallet {
	t := &Wallet{
		Wallet: w, Name: name, timeout: timeout, now: now, log: log,
		slots: make(chan struct{}, places), looks: make(chan struct{}, max(1, places/8)),
	}
	if paced, ok := w.(wallet.Paced); ok {
		t.Pace = paced.Pace()
	}
	return t
}

// BeginLook takes one of the wallet's places for looks, if it can be asked now.
func (t *Wallet) BeginLook(now time.Time) bool {
	if t.breaker.open(now) || now.UnixMilli() < t.pausedUntil.Load() {
		return false
	}
	select {
	case t.looks <- struct{}{}:
		return true
	default:
		return false
	}
}

func (t *Wallet) EndLook() { <-t.looks }

// PauseLooks stores the Retry-After of err; until then no look asks this wallet.
func (t *Wallet) PauseLooks(now time.Time, err error) {
	if wait := fault.Of(err).RetryAfter; err != nil && wait > 0 {
		t.pausedUntil.Store(now.Add(wait).UnixMilli())
	}
}

// Lag is how long the wallet's queries may lag behind its calls.
func (t *Wallet) Lag() time.Duration { return cmp.Or(t.Pace.Lag, usualLag) }

// Query asks the wallet how a payment stands, within limit.
//
// Faults: Unsupported; those of a call.
func (t *Wallet) Query(ctx context.Context, limit time.Duration, ref wallet.Ref) (wallet.Payment, error) {
	querier, ok := wallet.As[wallet.Querier](t.Wallet)
	if !ok {
		return wallet.Payment{}, fault.New(fault.Unsupported, "outbound.query", "This wallet cannot be asked.")
	}
	got, err := callWithin(ctx, limit, t, func(ctx context.Context) (wallet.Payment, error) {
		return querier.QueryPayment(ctx, ref)
	})
	if err == nil {
		got.RequestID = ref.RequestID
	}
	return got, err
}

// QueryRefund asks the wallet how a refund stands, within limit.
//
// Faults: Unsupported; those of a call.
func (t *Wallet) QueryRefund(ctx context.Context, limit time.Duration, ref wallet.RefundRef) (wallet.Refund, error) {
	querier, ok := wallet.As[wallet.RefundQuerier](t.Wallet)
	if !ok {
		return wallet.Refund{}, fault.New(fault.Unsupported, "outbound.queryRefund", "This wallet cannot be asked about refunds.")
	}
	got, err := callWithin(ctx, limit, t, func(ctx context.Context) (wallet.Refund, error) {
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

// usualLag is how long a wallet's queries may lag behind its calls, unless its Pace says.
const usualLag = time.Minute
