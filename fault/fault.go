package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is one way in which an operation fails. It is itself an error, so that
// errors.Is(err, fault.Declined) works at any depth.
type Kind uint8

// The kinds. Internal is the zero value, and the kind of every error that is no fault.
const (
	Internal        Kind = iota // a defect of the till; its text stays in the log
	Invalid                     // the request breaks a rule; Fields names where
	Unauthenticated             // no valid session, key or signature
	Declined                    // the payer or the wallet refused; final
	Forbidden                   // a known caller without permission
	NotFound                    // no such order, refund or wallet
	Conflict                    // the state forbids it, or a request with the same key is in progress
	KeyReused                   // an idempotency key used before with another body
	Expired                     // the order or the nonce is too old
	Unsupported                 // the wallet lacks the capability
	TooLarge                    // more bytes than are accepted
	RateLimited                 // too many requests; RetryAfter is the delay before a retry
	Unavailable                 // not executed; the same request may be sent again
	Unknown                     // may have been executed; query the outcome, do not repeat under a new ID
)

var names = [...]string{
	Internal: "internal", Invalid: "invalid", Unauthenticated: "unauthenticated",
	Declined: "declined", Forbidden: "forbidden", NotFound: "not_found",
	Conflict: "conflict", KeyReused: "key_reused", Expired: "expired",
	Unsupported: "unsupported", TooLarge: "too_large", RateLimited: "rate_limited",
	Unavailable: "unavailable", Unknown: "unknown",
}

// Kinds returns all kinds, for tests of tables that must be complete.
func Kinds() []Kind {
	kinds := make([]Kind, len(names))
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// String returns the kind's stable code, such as "not_found".
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// Error returns the same code; it makes a Kind an error.
func (k Kind) Error() string { return k.String() }

// Field is one member of a request that breaks a rule.
type Field struct {
	Name   string // as the caller spells it: "items[0].quantity"
	Detail string // continues the name, for the caller: "must be at least 1"
}

// Error is a fault with its circumstances. Code, Detail and Fields may be shown to the caller;
// Op and Err are for the log only.
type Error struct {
	Kind       Kind
	Op         string        // where it happened: "sandbox.CreatePayment"
	Code       string        // the wallet's code, verbatim
	Detail     string        // one sentence for the caller
	Fields     []Field       // for Invalid, and for Declined where a wallet refuses a value
	RetryAfter time.Duration // for RateLimited, Unavailable and Conflict; 0 when not known
	Err        error         // the cause
}

// Error returns the text for the log, which may contain what a caller must not see.
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

// New returns a fault with a detail for the caller. op is the package and operation:
// "sandbox.Refund".
func New(kind Kind, op, detail string) *Error {
	return &Error{Kind: kind, Op: op, Detail: detail}
}

// Wrap returns a fault with a cause, whose text is for the log only. The kind replaces that of
// the cause for KindOf and Of; errors.Is finds both.
func Wrap(kind Kind, op string, err error) *Error {
	return &Error{Kind: kind, Op: op, Err: err}
}

// InvalidField returns an Invalid fault about one member of a request.
func InvalidField(op, name, detail string) *Error {
	return &Error{Kind: Invalid, Op: op, Detail: "The request is not valid.", Fields: []Field{{name, detail}}}
}

// KindOf returns the kind of the outermost fault in err; Internal for any other error, and for
// nil.
func KindOf(err error) Kind {
	if err == nil {
		return Internal
	}
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

// Of returns the outermost fault in err. For any other error it returns an Internal fault with
// err as its cause; it never returns nil.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: KindOf(err), Err: err}
}
