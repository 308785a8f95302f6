package simulator

import "fmt"

// status is how a payment stands. It is one byte, because a provider under load keeps millions
// of finished payments.
type status uint8

const (
	pending status = iota + 1
	processing
	authorized
	paid
	failed
	canceled
	expired
	voided
)

var statusNames = [...]string{
	pending: "PENDING", processing: "PROCESSING", authorized: "AUTHORIZED", paid: "PAID",
	failed: "FAILED", canceled: "CANCELED", expired: "EXPIRED", voided: "VOIDED",
}

// String returns the status as messages spell it.
func (s status) String() string { return statusNames[s] }

// open reports whether the payer may still decide.
func (s status) open() bool { return s == pending }

// final reports whether only refunds can follow.
func (s status) final() bool { return s >= paid }

// MarshalText returns the status as messages spell it.
func (s status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the status as messages spell it.
func (s *status) UnmarshalText(text []byte) error {
	i, err := indexOf(statusNames[:], string(text))
	*s = status(i)
	return err
}

type refundStatus uint8

const (
	refundWaiting refundStatus = iota + 1
	refundSucceeded
	refundFailed
)

var refundStatusNames = [...]string{
	refundWaiting: "WAITING", refundSucceeded: "SUCCEEDED", refundFailed: "FAILED",
}

// String returns the status as messages spell it.
func (s refundStatus) String() string { return refundStatusNames[s] }

// MarshalText returns the status as messages spell it.
func (s refundStatus) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the status as messages spell it.
func (s *refundStatus) UnmarshalText(text []byte) error {
	i, err := indexOf(refundStatusNames[:], string(text))
	*s = refundStatus(i)
	return err
}

func indexOf(names []string, name string) (int, error) {
	for i, n := range names {
		if n == name && n != "" {
			return i, nil
		}
	}
	return 0, fmt.Errorf("simulator: no status %q", name)
}
