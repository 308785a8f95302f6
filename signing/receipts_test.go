package signing

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/minitill/minitill/fault"
)

func TestReceiptRefusals(t *testing.T) {
	tokens := mustTokens(t, testConfig())
	public := mustDecode(t, testPublicX)
	private := ed25519.NewKeyFromSeed(mustDecodeHex(t, testSeed))
	claims := map[string]any{"iss": testIssuer, "aud": "receipt", "order": "ord_1", "at": testNow}
	kid := map[string]any{"kid": "r1"}
	if _, err := tokens.ParseReceipt(forge(t, jwt.SigningMethodEdDSA, private, kid, claims)); err != nil {
		t.Fatalf("the pattern of all forgeries is itself refused: %v", err)
	}
	tests := map[string]string{
		"HS256 keyed with the public key":      forge(t, jwt.SigningMethodHS256, public, kid, claims),
		"HS256 keyed with the token secret":    forge(t, jwt.SigningMethodHS256, []byte(strongSecret), map[string]any{"kid": "k1"}, claims),
		"another Ed25519 key":                  forge(t, jwt.SigningMethodEdDSA, ed25519.NewKeyFromSeed(randomBytes(32)), kid, claims),
		"no key id":                            forge(t, jwt.SigningMethodEdDSA, private, nil, claims),
		"a session's audience":                 forge(t, jwt.SigningMethodEdDSA, private, kid, map[string]any{"iss": testIssuer, "aud": "session"}),
		"algorithm none under the right names": forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid, claims),
	}
	for name, token := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := tokens.ParseReceipt(token); !errors.Is(err, fault.Unauthenticated) {
				t.Errorf("got %v, want Unauthenticated", err)
			}
		})
	}
}

func TestReceiptsAreDeterministicAndOpenToAnyone(t *testing.T) {
	config := testConfig()
	tokens := mustTokens(t, config)
	first, err := tokens.IssueReceipt(testReceipt)
	if err != nil {
		t.Fatal(err)
	}
	config.Now = func() time.Time { return testNow.Add(time.Hour) }
	if second, _ := mustTokens(t, config).IssueReceipt(testReceipt); first != second {
		t.Errorf("got two receipts for one input:\n%s\n%s", first, second)
	}
	var set struct{ Keys []map[string]string }
	if err := json.Unmarshal(tokens.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{{
		"kty": "OKP", "crv": "Ed25519", "x": testPublicX, "kid": "r1", "use": "sig", "alg": "EdDSA",
	}}
	if !reflect.DeepEqual(set.Keys, want) {
		t.Fatalf("got key set %v, want %v", set.Keys, want)
	}
	message, signature, _ := cutLast(first, ".")
	if !ed25519.Verify(mustDecode(t, set.Keys[0]["x"]), []byte(message), mustDecode(t, signature)) {
		t.Error("the published key does not verify the receipt")
	}
	payload := string(mustDecode(t, strings.Split(first, ".")[1]))
	wantPayload := `{"iss":"https://till.example","aud":"receipt","iat":1763631000,"app":"demo","order":"ord_1",` +
		`"status":"paid","amount":{"currency":"USD","value":"1234"},"paid":{"currency":"USD","value":"1234"},` +
		`"refunded":{"currency":"USD","value":"0"},"wallet":"sandbox","walletPaymentId":"W1","at":"2025-11-20T09:30:00.123Z"}`
	if payload != wantPayload {
		t.Errorf("got  %s\nwant %s", payload, wantPayload)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	return s[:i], s[i+len(sep):], i >= 0
}

func TestJWKSListsOlderKeysAndIsACopy(t *testing.T) {
	config := testConfig()
	older := GenerateReceiptKey()
	config.ReceiptKeys = append(config.ReceiptKeys, ReceiptKey{ID: older.ID, Public: older.Public})
	tokens := mustTokens(t, config)
	if got := bytes.Count(tokens.JWKS(), []byte(`"kid"`)); got != 2 {
		t.Errorf("got %d keys, want 2", got)
	}
	clear(tokens.JWKS())
	if !json.Valid(tokens.JWKS()) {
		t.Error("changing what JWKS returned changed the set")
	}
	if bytes.Contains(tokens.JWKS(), []byte(`"d"`)) {
		t.Error("the key set has a private member")
	}
}
