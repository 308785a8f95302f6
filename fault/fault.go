package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is one way of going wrong. It is itself an error, so that
// errors.Is(err, fault.Declined) works at any depth.
type Kind uint8

// The kinds. Internal is the zero value: an error that says nothing of itself is
// our own mistake.
const (
	Internal        Kind = iota // our mistake; its text stays in the log
	Invalid                     // the request breaks a rule; Fields names where
	Unauthenticated             // no valid session, key or signature
	Declined                    // the payer or the wallet said no; final
	Forbidden                   // a known caller, but not theirs to touch
	NotFound                    // no such order, refund or wallet
	Conflict                    // the state forbids it, or the same key is still at work
	KeyReused                   // an idempotency key used before with another body
	Expired                     // the order or the nonce is too old
	Unsupported                 // this wallet lacks the capability
	TooLarge                    // more bytes than are read
	RateLimited                 // too many; RetryAfter says when
	Unavailable                 // surely not executed; the same request may be sent again
	Unknown                     // may have been executed; ask, do not repeat
)

var names = [...]string{
	Internal: "internal", Invalid: "invalid", Unauthenticated: "unauthenticated",
	Declined: "declined", Forbidden: "forbidden", NotFound: "not_found",
	Conflict: "conflict", KeyReused: "key_reused", Expired: "expired",
	Unsupported: "unsupported", TooLarge: "too_large", RateLimited: "rate_limited",
	Unavailable: "unavailable", Unknown: "unknown",
}

// Kinds returns every kind, for tables that must be complete.
func Kinds() []Kind {
	kinds := make([]Kind, len(names))
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// String is the kind's stable code, such as "not_found".
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// Error makes a Kind an error.
func (k Kind) Error() string { return k.String() }

// Field is one member of a request that breaks a rule.
type Field struct {
	Name   string // as the caller spells it: "items[0].quantity"
	Detail string // fit to show: "must be at least 1"
}

// Error is a fault with its circumstances. Detail and Fields are fit to show to
// the caller; Err is for the log only.
type Error struct {
	Kind       Kind
	Op         string        // where it happened: "sandbox.CreatePayment"
	Code       string        // the wallet's code, verbatim
	Detail     string        // one sentence, fit to show
	Fields     []Field       // for Invalid, and for Declined where a wallet cannot take one
	RetryAfter time.Duration // for RateLimited, Unavailable and Conflict; 0 says nothing
	Err        error         // the cause
}

// Error is for the log; it may hold what a caller must not see.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op)
		b.WriteString(": ")
	}
	b.WriteString(e.Kind.String())
	if e.Code != "" {
		fmt.Fprintf(&b, " (%s)", e.Code)
	}
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s %s", f.Name, f.Detail)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap lets errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// New returns a fault with a detail that is fit to show.
func New(kind Kind, op, detail string) *Error {
	return &Error{Kind: kind, Op: op, Detail: detail}
}

// Wrap gives a cause a kind. The cause's text is for the log only.
func Wrap(kind Kind, op string, err error) *Error {
	return &Error{Kind: kind, Op: op, Err: err}
}

// InvalidField returns an Invalid fault about one member of a request.
func InvalidField(op, name, detail string) *Error {
	return &Error{Kind: Invalid, Op: op, Detail: "The request is not valid.", Fields: []Field{{name, detail}}}
}

// KindOf is the kind of the outermost fault in err; Internal for a plain error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	var k Kind
	if errors.As(err, &k) {
		return k
	}
	return Internal
}

// Of is the outermost fault in err, made up as Internal for a plain error.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: KindOf(err), Err: err}
}
