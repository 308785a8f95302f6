package idempotency

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// Once ties an operation on an order or agreement to its caller's idempotency key.
type Once[S any] struct {
	Scope, Key string
	Digest     [32]byte // of the request: same key and other digest is KeyReused
	// Render makes the answer that is stored with the key and replayed byte for byte. It is
	// pure and may run more than once. err is a final fault: Declined or Unsupported.
	Render func(subject S, err error) bridge.Answer
}

// Outcome is the result of a request about an order or agreement.
type Outcome[S any] struct {
	Subject  S
	Refund   int            // the number of the requested refund
	Answer   *bridge.Answer // the response to send, when the request had a key
	Replayed bool           // the answer is a replay
}

// Claim returns the claim of the key for a subject; nil without a key.
func (once *Once[S]) Claim(subject string, now time.Time) *bridge.Claim {
	if once == nil {
		return nil
	}
	return &bridge.Claim{Scope: once.Scope, Key: once.Key, Digest: once.Digest, Subject: subject, CreatedAt: now}
}

// KeyDigest returns the digest under which an order stores the key with the operation that
// it began, so that a repeat of the request finds the operation. Empty without a key.
func (once *Once[S]) KeyDigest() string {
	if once == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(once.Scope + "\x00" + once.Key))
	return hex.EncodeToString(sum[:12])
}

// Keep renders the answer to a request and puts it into *kept, which is the Answer of the
// change that settles the request. It returns nil without a key, and while the outcome is
// open: the same key resumes the request then.
func (once *Once[S]) Keep(kept **bridge.KeyAnswer, subject S, failure error) *bridge.Answer {
	if once == nil || failure != nil && !final(failure) {
		return nil
	}
	answer := once.Render(subject, failure)
	*kept = &bridge.KeyAnswer{Scope: once.Scope, Key: once.Key, Answer: answer}
	return &answer
}

// final reports whether a repeat of the request would get the same refusal.
func final(failure error) bool {
	kind := fault.KindOf(failure)
	return kind == fault.Declined || kind == fault.Unsupported
}

// Replay returns the outcome of a key that was claimed before, for the subject of its claim.
// ok is false when that request has no answer yet and is to be resumed.
//
// Faults: KeyReused; Internal when the stored answer cannot be opened.
func (once *Once[S]) Replay(sealer bridge.Sealer, held *bridge.Claim, subject S) (outcome Outcome[S], ok bool, err error) {
	switch {
	case held.Digest != once.Digest:
		return outcome, false, errKeyReused()
	case held.Answer == nil:
		return outcome, false, nil
	}
	answer, err := OpenAnswer(sealer, held.Scope, held.Key, *held.Answer)
	if err != nil {
		return outcome, false, err
	}
	return Outcome[S]{Subject: subject, Answer: &answer, Replayed: true}, true, nil
}

func errKeyReused() error {
	return fault.New(fault.KeyReused, "idempotency.Replay", "This Idempotency-Key was used for another request.")
}

// ErrBusy returns the Conflict of a request while a call for the same subject is under way.
func ErrBusy() error {
	return &fault.Error{
		Kind: fault.Conflict, Op: "idempotency.ErrBusy", RetryAfter: time.Second,
		Detail: "The same request is still at work.",
	}
}

// byteSealer is a Sealer that also seals to bytes, which take three quarters of the room.
type byteSealer interface {
	SealBytes(plain []byte, context string) []byte
	OpenBytes(sealed []byte, context string) ([]byte, error)
}

// SealAnswer returns an answer as it is stored with the key of its request: sealed, since it
// contains personal data and tokens. Without a sealer it returns the answer unchanged.
func SealAnswer(s bridge.Sealer, scope, key string, a bridge.Answer) bridge.Answer {
	if s == nil || len(a.Body) == 0 {
		return a
	}
	if s, ok := s.(byteSealer); ok {
		return bridge.Answer{Status: a.Status, Body: s.SealBytes(a.Body, answerContext(scope, key))}
	}
	return bridge.Answer{Status: a.Status, Body: []byte(s.Seal(a.Body, answerContext(scope, key)))}
}

// OpenAnswer is the inverse of SealAnswer. Earlier releases stored answers about orders in
// clear, which are JSON objects, and sealed ones as text. What SealBytes returns begins with
// a byte that neither begins with.
//
// Faults: Internal when it cannot be opened.
func OpenAnswer(s bridge.Sealer, scope, key string, a bridge.Answer) (bridge.Answer, error) {
	if s == nil || len(a.Body) == 0 || a.Body[0] == '{' {
		return a, nil
	}
	body, err := openBody(s, a.Body, answerContext(scope, key))
	if err != nil {
		return bridge.Answer{}, &fault.Error{Kind: fault.Internal, Op: "idempotency.OpenAnswer", Err: err}
	}
	return bridge.Answer{Status: a.Status, Body: body}, nil
}

func openBody(s bridge.Sealer, body []byte, context string) ([]byte, error) {
	if s, ok := s.(byteSealer); ok && body[0] < ' ' {
		return s.OpenBytes(body, context)
	}
	return s.Open(string(body), context)
}

// answerContext binds a sealed answer to its request.
func answerContext(scope, key string) string { return "answer\x00" + scope + "\x00" + key }

// Sealed returns the answer to a key as it is stored; nil when there is none. See
// SealAnswer.
func Sealed(s bridge.Sealer, k *bridge.KeyAnswer) *bridge.KeyAnswer {
	if k == nil {
		return nil
	}
	return &bridge.KeyAnswer{Scope: k.Scope, Key: k.Key, Answer: SealAnswer(s, k.Scope, k.Key, k.Answer)}
}
