package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// reach is the wallet of that name. A wallet that has open work may have been removed
// from the configuration, or renamed.
//
// Faults: Unavailable.
func (e *Engine) reach(walletName string) (*till, error) {
	if t := e.wallets[walletName]; t != nil {
		return t, nil
	}
	return nil, fault.New(fault.Unavailable, "bridge.reach", "The wallet "+walletName+" is not configured on this server.")
}

// callWallet makes one call to the wallet of that name.
//
// Faults: Unavailable when it is not configured; those of f.
func callWallet[T any](ctx context.Context, e *Engine, walletName string, f func(context.Context, *till) (T, error)) (T, error) {
	t, err := e.reach(walletName)
	if err != nil {
		return *new(T), err
	}
	return callFor(ctx, e.timeout, t, func(ctx context.Context) (T, error) { return f(ctx, t) })
}

// call makes one call to a wallet. It goes on when the caller goes away, since a
// phone that hangs up does not stop half a payment, and is bounded by a deadline of
// its own. A wallet whose calls are all under way refuses at once.
func call[T any](ctx context.Context, e *Engine, t *till, f func(context.Context) (T, error)) (T, error) {
	return callFor(ctx, e.timeout, t, f)
}

func callFor[T any](ctx context.Context, limit time.Duration, t *till, f func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	default:
		return none, &fault.Error{
			Kind: fault.Unavailable, Op: "bridge.call", Detail: "The wallet is too busy.", RetryAfter: time.Second,
		}
	}
	if wait, ok := t.breaker.allow(t.now()); !ok {
		return none, &fault.Error{
			Kind: fault.Unavailable, Op: "bridge.call", Detail: "The wallet is down.", RetryAfter: wait,
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	ended := false
	defer func() {
		if !ended { // f has panicked
			t.report(fault.Internal)
		}
	}()
	answer, err := f(ctx)
	ended = true
	t.report(err)
	return answer, err
}

// report tells the circuit breaker the outcome of a call, and logs when it has opened or
// closed by that. A refusal closes it as any answer does.
func (t *till) report(err error) {
	t.noteFailure(err)
	switch changed := t.breaker.report(t.now(), err); {
	case changed && silence(err):
		t.log.Error("circuit breaker opened", "wallet", t.name, "fault", err)
	case changed:
		t.log.Warn("circuit breaker closed", "wallet", t.name)
	}
}

// failure is what is wrong with a wallet's calls.
type failure struct {
	kind   fault.Kind
	reason string
	since  time.Time
}

// noteFailure notes whether the wallet answered a call. It is no answer that the wallet
// refuses us, whatever is asked: it does not accept our signature, or closed the account.
func (t *till) noteFailure(err error) {
	now := t.failing.Load()
	if !silence(err) && (err == nil || fault.KindOf(err) != fault.Forbidden) {
		if now != nil {
			t.failing.Store(nil)
		}
		return
	}
	f := fault.Of(err)
	if now == nil || now.kind != f.Kind || now.reason != f.Detail {
		t.failing.Store(&failure{f.Kind, f.Detail, t.now()})
	}
}

// verdict is what the outcome of a call that moves money means.
type verdict uint8

const (
	accepted verdict = iota
	refused          // for sure, for good
	undone           // surely not executed; the same request may be sent again
	unclear          // nobody can say; ask
)

func judge(err error) verdict {
	if err == nil {
		return accepted
	}
	switch fault.KindOf(err) {
	case fault.Declined, fault.Invalid, fault.Forbidden, fault.Unsupported, fault.Expired:
		return refused
	case fault.Unavailable, fault.RateLimited:
		return undone
	}
	return unclear
}

// openFault is what a caller hears when the outcome of its request is open.
func openFault(err error) error {
	if judge(err) == undone {
		return &fault.Error{
			Kind: fault.Unavailable, Op: "bridge.open", RetryAfter: time.Second, Err: err,
			Detail: "The wallet cannot be reached. Nothing was done; send the same request again.",
		}
	}
	return &fault.Error{
		Kind: fault.Unknown, Op: "bridge.open", RetryAfter: 2 * time.Second, Err: err,
		Detail: "The wallet gave no answer. The outcome is open; send the same request again.",
	}
}

// errOpen is what a caller hears while a wallet may not know yet of what it was asked for.
func errOpen() error {
	return openFault(fault.New(fault.Unknown, "bridge.open", "The wallet has not said what became of it."))
}

func cmpOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// declined is a refusal as the caller may see it: the wallet's code, not its words, and where
// the adapter refused before it asked, its reason.
func declined(detail string, err error) *fault.Error {
	f := fault.Of(err)
	if f.Kind == fault.Unsupported && f.Detail != "" {
		detail += " " + f.Detail
	}
	return &fault.Error{Kind: fault.Declined, Op: "bridge.call", Code: f.Code, Detail: detail, Fields: f.Fields, Err: err}
}

// paymentRequest is what a wallet is asked for. It is made of the stored order alone,
// so that a repeat after a crash is the same request.
func (e *Engine) paymentRequest(o *Order, p *Payment, sent sending) wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: p.RequestID, Order: string(o.ID), Amount: o.Amount, Description: o.Description,
		Items: o.Items, Payer: wallet.Payer{ID: o.payerAt(p.Wallet)}, Method: p.wanted(),
		Channel: o.Channel, Hold: o.Hold, ExpiresAt: o.ExpiresAt,
		ReturnURL: e.public + "/return/" + string(o.ID), NotifyURL: e.public + "/notify/" + p.Wallet,
		AskedAt: sent.prior,
	}
}

// wanted is the method that the payment is asked for with. What news says of the payer's
// choice is no part of the request.
func (p *Payment) wanted() string {
	if p.Calls.AskedAt.IsZero() { // of an older version, which kept one for both
		return p.Method
	}
	return p.Wanted
}

// payerAt is the payer's id as the wallet knows it; empty for guests and for the
// customers of another wallet.
func (o *Order) payerAt(walletName string) string {
	if o.Payer.Guest || o.Payer.Wallet != walletName {
		return ""
	}
	return o.Payer.ID
}
