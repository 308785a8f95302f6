package outbound

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
)

// Call makes one call to a wallet. It goes on when the caller goes away, since a
// phone that hangs up does not stop half a payment, and is bounded by a deadline of
// its own. A wallet whose calls are all under way refuses at once.
func Call[T any](ctx context.Context, t *Wallet, f func(context.Context) (T, error)) (T, error) {
	return callWithin(ctx, t.timeout, t, f)
}

func callWithin[T any](ctx context.Context, limit time.Duration, t *Wallet, f func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	default:
		return none, &fault.Error{
			Kind: fault.Unavailable, Op: "outbound.call", Detail: "The wallet is too busy.", RetryAfter: time.Second,
		}
	}
	if wait, ok := t.breaker.allow(t.now()); !ok {
		return none, &fault.Error{
			Kind: fault.Unavailable, Op: "outbound.call", Detail: "The wallet is down.", RetryAfter: wait,
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
func (t *Wallet) report(err error) {
	t.noteFailure(err)
	switch changed := t.breaker.report(t.now(), err); {
	case changed && silence(err):
		t.log.Error("circuit breaker opened", "wallet", t.Name, "fault", err)
	case changed:
		t.log.Warn("circuit breaker closed", "wallet", t.Name)
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
func (t *Wallet) noteFailure(err error) {
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

// Verdict is what the outcome of a call that moves money means.
type Verdict uint8

const (
	Accepted Verdict = iota
	Refused          // for sure, for good
	Undone           // surely not executed; the same request may be sent again
	Unclear          // nobody can say; ask
)

func Judge(err error) Verdict {
	if err == nil {
		return Accepted
	}
	switch fault.KindOf(err) {
	case fault.Declined, fault.Invalid, fault.Forbidden, fault.Unsupported, fault.Expired:
		return Refused
	case fault.Unavailable, fault.RateLimited:
		return Undone
	}
	return Unclear
}

// OpenFault is what a caller hears when the outcome of its request is open.
func OpenFault(err error) error {
	if Judge(err) == Undone {
		return &fault.Error{
			Kind: fault.Unavailable, Op: "outbound.open", RetryAfter: time.Second, Err: err,
			Detail: "The wallet cannot be reached. Nothing was done; send the same request again.",
		}
	}
	return &fault.Error{
		Kind: fault.Unknown, Op: "outbound.open", RetryAfter: 2 * time.Second, Err: err,
		Detail: "The wallet gave no answer. The outcome is open; send the same request again.",
	}
}

// ErrOpen is what a caller hears while a wallet may not know yet of what it was asked for.
func ErrOpen() error {
	return OpenFault(fault.New(fault.Unknown, "outbound.open", "The wallet has not said what became of it."))
}

// Declined is a refusal as the caller may see it: the wallet's code, not its words, and where
// the adapter refused before it asked, its reason.
func Declined(detail string, err error) *fault.Error {
	f := fault.Of(err)
	if f.Kind == fault.Unsupported && f.Detail != "" {
		detail += " " + f.Detail
	}
	return &fault.Error{Kind: fault.Declined, Op: "outbound.call", Code: f.Code, Detail: detail, Fields: f.Fields, Err: err}
}

// CallNamed makes one call to the wallet of that name.
//
// Faults: Unavailable when it is not configured; those of f.
func CallNamed[T any](ctx context.Context, wallets Wallets, name string, f func(context.Context, *Wallet) (T, error)) (T, error) {
	t, err := wallets.Reach(name)
	if err != nil {
		return *new(T), err
	}
	return Call(ctx, t, func(ctx context.Context) (T, error) { return f(ctx, t) })
}
