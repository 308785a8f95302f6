package bridge

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/minitill/minitill/fault"
)

// Once ties an operation on an order or agreement to its caller's idempotency key.
type Once[S Order | Agreement] struct {
	Scope, Key string
	Digest     [32]byte // of the request: same key and other digest is KeyReused
	// Render makes the answer that is kept with the key and replayed byte for byte. It is
	// pure and may run more than once. err is a final fault: Declined or Unsupported.
	Render func(subject S, err error) Answer
}

// Outcome is the result of a request about an order or agreement.
type Outcome[S Order | Agreement] struct {
	Subject  S
	Refund   int     // the number of the refund that was asked for
	Answer   *Answer // what to send, when the request had a key
	Replayed bool    // the answer was given before
}

// claim is the claim of the key for a subject; nil without a key.
func (once *Once[S]) claim(subject string, now time.Time) *Claim {
	if once == nil {
		return nil
	}
	return &Claim{Scope: once.Scope, Key: once.Key, Digest: once.Digest, Subject: subject, CreatedAt: now}
}

// mark names a key inside an order, so that a repeat of the request finds what was begun
// under it. Empty without a key.
func (once *Once[S]) mark() string {
	if once == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(once.Scope + "\x00" + once.Key))
	return hex.EncodeToString(sum[:12])
}

// keep renders the answer to a request and puts it into the change that settles it. An
// outcome that is open has no answer yet: the same key resumes it.
func (once *Once[S]) keep(kept **KeyAnswer, subject S, failure error) *Answer {
	if once == nil || failure != nil && !final(failure) {
		return nil
	}
	answer := once.Render(subject, failure)
	*kept = &KeyAnswer{Scope: once.Scope, Key: once.Key, Answer: answer}
	return &answer
}

// final says that a repeat of the request would bring the same refusal.
func final(failure error) bool {
	kind := fault.KindOf(failure)
	return kind == fault.Declined || kind == fault.Unsupported
}

// replayed is the outcome of a key that is held already, for the subject of its claim;
// nil when its request has no answer yet and is resumed.
//
// Faults: KeyReused; Internal when the kept answer cannot be opened.
func replayed[S Order | Agreement](e *Engine, once *Once[S], held *Claim, subject S) (*Outcome[S], error) {
	switch {
	case held.Digest != once.Digest:
		return nil, errKeyReused()
	case held.Answer == nil:
		return nil, nil
	}
	answer, err := OpenAnswer(e.sealer, held.Scope, held.Key, *held.Answer)
	if err != nil {
		return nil, err
	}
	return &Outcome[S]{Subject: subject, Answer: &answer, Replayed: true}, nil
}

// take takes the request's key for an order. When the key has been answered already,
// the answer is the outcome; when it is taken and not answered, the caller goes on with
// what was begun, and both results are nil.
//
// Faults: NotFound; KeyReused.
func (e *Engine) take(ctx context.Context, id OrderID, once *Once[Order]) (*Outcome[Order], error) {
	if once == nil {
		return nil, nil
	}
	held, err := e.store.Claim(ctx, *once.claim(string(id), e.clock()))
	if err != nil {
		return nil, err
	}
	return replayed(e, once, &held, Order{ID: OrderID(held.Subject)})
}

func errKeyReused() error {
	return fault.New(fault.KeyReused, "bridge.take", "This Idempotency-Key was used for another request.")
}

// Repeatable runs an operation that may run again without harm, such as Cancel and
// Refresh, under an idempotency key: the first answer is the answer.
//
// Faults: KeyReused; those of run.
func (e *Engine) Repeatable(ctx context.Context, id OrderID, once *Once[Order], run func(context.Context) (Order, error)) (Outcome[Order], error) {
	if done, err := e.take(ctx, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	order, failure := run(ctx)
	if failure != nil && fault.KindOf(failure) != fault.Declined || once == nil {
		return Outcome[Order]{Subject: order}, failure
	}
	order, err := e.update(context.WithoutCancel(ctx), id, func(c *Change) error {
		once.keep(&c.Answer, c.Order, failure)
		return nil
	})
	if err != nil {
		return Outcome[Order]{Subject: order}, err
	}
	if done, err := e.take(ctx, id, once); done != nil || err != nil { // of two at once, the first answer
		return Outcome[Order]{Subject: order, Answer: orZero(done).Answer}, err
	}
	return Outcome[Order]{Subject: order}, failure
}

func orZero[T any](v *T) T {
	if v == nil {
		return *new(T)
	}
	return *v
}
