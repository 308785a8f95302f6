package bridge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/minitill/minitill/fault"
)

// Once ties an operation to its caller's idempotency key.
type Once struct {
	Scope, Key string
	Digest     [32]byte // of the request: same key and other digest is KeyReused
	// Render makes the answer that is kept with the key and replayed byte for byte.
	// It is pure and may run more than once. err is a final fault, such as Declined.
	Render func(o Order, err error) Answer
}

// Outcome is what became of a request.
type Outcome struct {
	Order    Order
	Refund   int     // the number of the refund that was asked for
	Answer   *Answer // what to send, when the request had a key
	Replayed bool    // the answer was given before
}

func (once *Once) claim(id OrderID, now time.Time) *Claim {
	return &Claim{Scope: once.Scope, Key: once.Key, Digest: once.Digest, Order: id, CreatedAt: now}
}

// mark names a key inside an order, so that what was begun under it is found again by
// whoever goes on with it. Empty without a key.
func (once *Once) mark() string {
	if once == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(once.Scope + "\x00" + once.Key))
	return hex.EncodeToString(sum[:12])
}

// keep puts the answer to a request into the change that settles it. An outcome that
// is open has no answer yet: the same key goes on with it.
func (once *Once) keep(c *Change, failure error) *Answer {
	if once == nil || failure != nil && fault.KindOf(failure) != fault.Declined {
		return nil
	}
	answer := once.Render(c.Order, failure)
	c.Answer = &KeyAnswer{Scope: once.Scope, Key: once.Key, Answer: answer}
	return &answer
}

// take takes the request's key for an order. When the key has been answered already,
// the answer is the outcome; when it is taken and not answered, the caller goes on with
// what was begun, and both results are nil.
//
// Faults: NotFound; KeyReused.
func (e *Engine) take(ctx context.Context, id OrderID, once *Once) (*Outcome, error) {
	if once == nil {
		return nil, nil
	}
	held, err := e.store.Claim(ctx, *once.claim(id, e.clock()))
	switch {
	case err != nil:
		return nil, err
	case held.Digest != once.Digest:
		return nil, errKeyReused()
	case held.Answer != nil:
		return &Outcome{Order: Order{ID: held.Order}, Answer: held.Answer, Replayed: true}, nil
	}
	return nil, nil
}

func errKeyReused() error {
	return fault.New(fault.KeyReused, "bridge.take", "This Idempotency-Key was used for another request.")
}

// Repeatable runs an operation that may run again without harm, such as Cancel and
// Refresh, under an idempotency key: the first answer is the answer.
//
// Faults: KeyReused; those of run.
func (e *Engine) Repeatable(ctx context.Context, id OrderID, once *Once, run func(context.Context) (Order, error)) (Outcome, error) {
	if done, err := e.take(ctx, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	order, failure := run(ctx)
	if failure != nil && fault.KindOf(failure) != fault.Declined || once == nil {
		return Outcome{Order: order}, failure
	}
	order, err := e.update(context.WithoutCancel(ctx), id, func(c *Change) error {
		once.keep(c, failure)
		return nil
	})
	if err != nil {
		return Outcome{Order: order}, err
	}
	if done, err := e.take(ctx, id, once); done != nil || err != nil { // of two at once, the first answer
		return Outcome{Order: order, Answer: orZero(done).Answer}, err
	}
	return Outcome{Order: order}, failure
}

func orZero[T any](v *T) T {
	if v == nil {
		return *new(T)
	}
	return *v
}
