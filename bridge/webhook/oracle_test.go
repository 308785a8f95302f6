package webhook

import (
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/minitill/minitill/signing"
)

// TestTheReferenceLibraryAgrees lets the scheme's own library verify what we sign, and
// verifies what it signs.
func TestTheReferenceLibraryAgrees(t *testing.T) {
	for range 20 {
		secret := string(GenerateSecret().Reveal())
		reference, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		key, other := testKey(t, secret), testKey(t, newSecret)
		body, now := []byte(`{"type":"order.paid","data":{"order":{"id":"ord_1"}}}`), time.Now()
		if err := reference.Verify(body, Headers("dlv_1", now, body, other, key)); err != nil {
			t.Errorf("the reference library refuses our signature: %v", err)
		}
		theirs, err := reference.Sign("dlv_1", now, body)
		if err != nil {
			t.Fatal(err)
		}
		ours := Headers("dlv_1", now, body, key)
		if got := ours.Get(headerSignature); got != theirs {
			t.Errorf("got %s, the reference library signs %s", got, theirs)
		}
		if _, err := ParseKey(signing.NewSecret(secret)); err != nil {
			t.Error(err)
		}
	}
}
