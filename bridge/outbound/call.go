package outbound

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
)

// Call makes one call to a wallet, with the wallet's deadline. It does not end with ctx: a
// client that disconnects must not cut a payment in half.
//
// Faults: Unavailable at once when all slots of the wallet are in use or its circuit breaker
// is open; those of f.
func Call[T any](ctx context.Context, t *Wallet, operation Operation, f func(context.Context) (T, error)) (T, error) {
	return callWithin(context.WithoutCancel(ctx), t.timeout, t, operation, f)
}

// callWithin is Call with another deadline. It ends with ctx. A call that ended so counts
// neither as a success nor as a failure of the wallet.
func callWithin[T any](ctx context.Context, limit time.Duration, t *Wallet, operation Operation, f func(context.Context) (T, error)) (T, error) {
	var none T
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	default:
		t.refused(operation, TooBusy)
		return none, &fault.Error{
			Kind: fault.Unavailable, Op: "outbound.call", Detail: "The wallet is too busy.", RetryAfter: time.Second,
		}
	}
	began := t.now()
	if wait, ok := t.breaker.allow(began); !ok {
		t.refused(operation, BreakerOpen)
		return none, &fault.Error{
			Kind: fault.Unavailable, Op: "outbound.call", Detail: "The wallet is down.", RetryAfter: wait,
		}
	}
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ctx, endSpan := t.traced(ctx, operation)
	ended := false
	defer func() {
		if !ended { // f has panicked
			t.report(began, fault.Internal)
			t.observed(operation, began, fault.Internal)
			endSpan(outcomeOf(fault.Internal))
		}
	}()
	answer, err := f(ctx)
	ended = true
	if err != nil && caller.Err() != nil {
		t.breaker.abandon(began)
	} else {
		t.report(began, err)
	}
	t.observed(operation, began, err)
	endSpan(outcomeOf(err))
	return answer, err
}

// report records the outcome of a call that began then in the circuit breaker, and logs when that opens or
// closes it. A refusal closes it as any answer does.
func (t *Wallet) report(began time.Time, err error) {
	t.noteFailure(err)
	switch changed := t.breaker.report(began, t.now(), err); {
	case changed && unanswered(err):
		t.log.Error("circuit breaker opened; calls wait until the wallet answers; check its status page and minitill doctor", "wallet", t.Name, "fault", err)
	case changed:
		t.log.Warn("circuit breaker closed", "wallet", t.Name)
	}
}

// failure is the fault that a wallet's calls end in.
type failure struct {
	kind   fault.Kind
	reason string
	since  time.Time
}

// noteFailure stores the fault of a call, or clears it when the wallet answered. Forbidden
// counts as a failure: the wallet refuses every call, because it does not accept our
// signature or has closed the account.
func (t *Wallet) noteFailure(err error) {
	now := t.failing.Load()
	if !unanswered(err) && (err == nil || fault.KindOf(err) != fault.Forbidden) {
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

// Verdict is what the outcome of a call that moves money proves.
type Verdict uint8

// The verdicts.
const (
	Accepted Verdict = iota
	Refused          // not executed, and the same request will not be
	Undone           // not executed; the same request may be sent again
	Unclear          // possibly executed; a status query returns the outcome
)

// Judge returns what the outcome of a call proves.
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

// OpenFault returns the fault of a request whose outcome is open: Unavailable when nothing
// was executed, else Unknown. The caller may send the same request again after RetryAfter.
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

// ErrOpen returns the fault of a request while its wallet may not have processed it yet.
func ErrOpen() error {
	return OpenFault(fault.New(fault.Unknown, "outbound.open", "The wallet has not said what became of it."))
}

// Declined returns a refusal as the caller may see it: with the wallet's code but not its
// texts. Where the adapter refused before the call, it has the adapter's reason.
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
func CallNamed[T any](ctx context.Context, wallets Wallets, name string, operation Operation, f func(context.Context, *Wallet) (T, error)) (T, error) {
	t, err := wallets.Named(name)
	if err != nil {
		return *new(T), err
	}
	return Call(ctx, t, operation, func(ctx context.Context) (T, error) { return f(ctx, t) })
}
