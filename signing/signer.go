package signing

import (
	"context"

	"github.com/minitill/minitill/fault"
)

// Signer signs messages with one key. The context is for signers that keep their
// key elsewhere; those of this package compute at once and ignore it.
type Signer interface {
	// KeyID names the key, as the other side knows it.
	KeyID() string
	// Sign returns the raw signature of exactly these bytes.
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// Verifier checks signatures made with any of the keys it knows.
type Verifier interface {
	// Verify returns nil when signature was made over exactly message with the key
	// called keyID. What an empty keyID means is said by each implementation.
	//
	// Faults: Unauthenticated for a wrong signature and for an unknown key alike.
	Verify(ctx context.Context, keyID string, message, signature []byte) error
}

var (
	_ Signer   = (*HMAC)(nil)
	_ Verifier = (*HMAC)(nil)
	_ Verifier = (*HMACVerifier)(nil)
	_ Signer   = (*RSASigner)(nil)
	_ Verifier = (*RSAVerifier)(nil)
)

// refuse is the answer to a signature that does not match, or a key nobody knows.
// The two read alike to a caller; only the log tells them apart.
func refuse(op string, cause error) error {
	return &fault.Error{
		Kind: fault.Unauthenticated, Op: op,
		Detail: "The signature is not valid.", Err: cause,
	}
}

// invalid is a fault about a key or setting, found before anything starts.
func invalid(op, detail string, cause error) error {
	return &fault.Error{Kind: fault.Invalid, Op: op, Detail: detail, Err: cause}
}
