package wire

import (
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// CheckAmount refuses an amount that no provider is asked for.
//
// Faults: Invalid.
func CheckAmount(op string, m wallet.Money) error {
	if m.Currency.Valid() != nil {
		return fault.InvalidField(op, "amount.currency", "is not a currency we know")
	}
	if !m.Positive() {
		return fault.InvalidField(op, "amount", "must be positive")
	}
	return nil
}

// Arrived checks the size of a notification, of which most is in KiB, and returns when it
// arrived.
//
// Faults: TooLarge.
func Arrived(op string, d wallet.Delivery, most int, now func() time.Time) (time.Time, error) {
	if len(d.Body) > most<<10 {
		return time.Time{}, fault.New(fault.TooLarge, op, fmt.Sprintf("The notification is larger than %d KiB.", most))
	}
	if d.ReceivedAt.IsZero() {
		return now(), nil
	}
	return d.ReceivedAt, nil
}

// Mistakes are the settings that are wrong, so that all of them are reported together.
type Mistakes []fault.Field

// Add notes a setting that is wrong.
func (m *Mistakes) Add(name, detail string) {
	*m = append(*m, fault.Field{Name: name, Detail: detail})
}

// Check notes a setting unless it is right.
func (m *Mistakes) Check(right bool, name, detail string) {
	if !right {
		m.Add(name, detail)
	}
}

// AddFault notes a setting by the detail of err; nil notes nothing.
func (m *Mistakes) AddFault(name string, err error) {
	if err != nil {
		m.Add(name, fault.Of(err).Detail)
	}
}

// CheckNotOwnKey notes a key of the provider that is the public half of ours: people mix up which
// of the two goes where, and then no message of the provider could be verified.
func (m *Mistakes) CheckNotOwnKey(name string, key *rsa.PublicKey, ours *signing.RSASigner) {
	m.Check(ours == nil || !key.Equal(ours.PublicKey()), name, "is our own public key, which is for the provider: here goes the one that the provider shows")
}

// Fault is an Invalid fault that names all mistakes; nil when there is none.
func (m Mistakes) Fault(op, detail string) error {
	if len(m) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Op: op, Detail: detail, Fields: m}
}
