package signing

import (
	"context"

	"github.com/minitill/minitill/fault"
)

// Signer signs messages with one key. The context is for signers that call a key service;
// those of this package compute at once and ignore it.
type Signer interface {
	// KeyID returns the id by which the other side knows the key.
	KeyID() string
	// Sign returns the raw signature of exactly these bytes.
	Sign(ctx context.Context, message []byte) ([]byte, error)
}

// Verifier checks signatures that were made with any of the keys it has.
type Verifier interface {
	// Verify returns nil when signature was made over exactly message with the key
	// keyID. Each implementation documents what an empty keyID means.
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

// refuse is the fault of a signature that does not match and of an unknown key. A caller
// cannot distinguish the two; the log can.
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
