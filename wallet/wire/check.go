package wire

import (
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// CheckAmount refuses an amount that is not positive or in an unknown currency, before the
// provider is called. op names the adapter's operation in the fault.
//
// Faults: Invalid, with the field amount or amount.currency.
func CheckAmount(op string, m wallet.Money) error {
	if m.Currency.Valid() != nil {
		return fault.InvalidField(op, "amount.currency", "is not a currency we know")
	}
	if !m.Positive() {
		return fault.InvalidField(op, "amount", "must be positive")
	}
	return nil
}

// Arrived refuses a notification whose body is larger than most KiB, and returns the time
// at which it was received; now is called where the delivery has no time.
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

// Mistakes collects the settings that are wrong, so that all of them are reported together.
// Names are those of the configuration file, such as "baseUrl". The zero value is ready.
type Mistakes []fault.Field

// Add records that a setting is wrong. detail continues the name: "must be …".
func (m *Mistakes) Add(name, detail string) {
	*m = append(*m, fault.Field{Name: name, Detail: detail})
}

// Check records a mistake unless right.
func (m *Mistakes) Check(right bool, name, detail string) {
	if !right {
		m.Add(name, detail)
	}
}

// AddFault records a mistake with the Detail of err, which is the fault of a constructor
// such as signing.NewHMAC. A nil err records nothing.
func (m *Mistakes) AddFault(name string, err error) {
	if err != nil {
		m.Add(name, fault.Of(err).Detail)
	}
}

// CheckNotOwnKey records a mistake where the key configured as the provider's is the public
// half of ours. The two are easily confused, and then no message of the provider verifies.
// A nil ours records nothing.
func (m *Mistakes) CheckNotOwnKey(name string, key *rsa.PublicKey, ours *signing.RSASigner) {
	m.Check(ours == nil || !key.Equal(ours.PublicKey()), name, "is our own public key, which is for the provider: here goes the one that the provider shows")
}

// Fault returns an Invalid fault with all mistakes as its Fields; nil when there is none.
func (m Mistakes) Fault(op, detail string) error {
	if len(m) == 0 {
		return nil
	}
	return &fault.Error{Kind: fault.Invalid, Op: op, Detail: detail, Fields: m}
}
