package signing

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/minitill/minitill/fault"
)

// issueOrders are the two ways of issuing claims of an order.
func issueOrders(t *Tokens) map[string]func(OrderClaims) (string, error) {
	return map[string]func(OrderClaims) (string, error){
		"order": func(o OrderClaims) (string, error) { token, _, err := t.IssueOrder(o); return token, err },
		"pay":   func(o OrderClaims) (string, error) { token, _, err := t.IssuePay(o); return token, err },
	}
}

func payloadOf(t testing.TB, token string) map[string]any {
	t.Helper()
	var claims map[string]any
	if err := json.Unmarshal(mustDecode(t, strings.Split(token, ".")[1]), &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTokensInLinksRevealNeitherPayerNorWallet(t *testing.T) {
	claims := testOrder
	claims.Wallet, claims.Payer = "quaintwallet", "payer-2088123456789012"
	for use, issue := range issueOrders(mustTokens(t, testConfig())) {
		token, err := issue(claims)
		if err != nil {
			t.Fatal(err)
		}
		payload := string(mustDecode(t, strings.Split(token, ".")[1]))
		sealed := string(mustDecode(t, payloadOf(t, token)["sealed"].(string)))
		for _, secret := range []string{claims.Wallet, claims.Payer, "2088123456789012"} {
			for _, readable := range []string{secret, base64.RawURLEncoding.EncodeToString([]byte(secret))} {
				if strings.Contains(token+payload+sealed, readable) {
					t.Errorf("the %s token reveals %q: %s", use, readable, payload)
				}
			}
		}
	}
}

func TestTheLengthOfATokenDoesNotRevealItsPayer(t *testing.T) {
	for use, issue := range issueOrders(mustTokens(t, testConfig())) {
		lengths := map[int]bool{}
		for _, payer := range []string{"", "7", "2088", "2088123456789012"} {
			claims := testOrder
			claims.Payer = payer
			token, err := issue(claims)
			if err != nil {
				t.Fatal(err)
			}
			lengths[len(token)] = true
		}
		if len(lengths) != 1 {
			t.Errorf("%s tokens of one wallet have the lengths %v", use, lengths)
		}
	}
}

func TestTheSamePayerIsSealedDifferentlyInEachToken(t *testing.T) {
	for use, issue := range issueOrders(mustTokens(t, testConfig())) {
		seen := map[any]bool{}
		for range 10 {
			token, err := issue(testOrder)
			if err != nil {
				t.Fatal(err)
			}
			seen[payloadOf(t, token)["sealed"]] = true
		}
		if len(seen) != 10 {
			t.Errorf("10 %s tokens have %d seals", use, len(seen))
		}
	}
}

func TestTokensOfEarlierReleasesAreReadUntilTheyExpire(t *testing.T) {
	tokens := mustTokens(t, testConfig())
	older := func(audience string, expires int64) string {
		return forge(t, jwt.SigningMethodHS256, []byte(strongSecret), map[string]any{"kid": "k1"}, map[string]any{
			"iss": testIssuer, "aud": audience, "iat": testNow.Unix(), "exp": expires, "app": "demo", "wallet": "sandbox",
			"payer": "2088", "order": "ord_1", "payment": "pay_1", "amount": map[string]any{"currency": "USD", "value": "1234"},
		})
	}
	for audience, parse := range map[string]func(string) (OrderClaims, error){"order": tokens.ParseOrder, "pay": tokens.ParsePay} {
		got, err := parse(older(audience, testNow.Unix()+60))
		got.ExpiresAt = testOrder.ExpiresAt
		if err != nil || got != testOrder {
			t.Errorf("%s: got %+v, %v, want %+v", audience, got, err, testOrder)
		}
		if _, err := parse(older(audience, testNow.Unix()-60)); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: got %v, want an old token to expire", audience, err)
		}
	}
}

// sealedVector is wallet and payer of testOrder, sealed under strongSecret by Node.js and
// its OpenSSL: HKDF-SHA-256, AES-256-GCM with the nonce 00 01 … 0b. No published vector has
// this form.
const sealedVector = "AAECAwQFBgcICQoLZnt6iUWgNoU-9STrhhXDPE25Bnldp37crhkYzzZ9CbyIqOyuBjUovfelCXlHCwTe"

func TestClaimsThatOpenSSLSealedAreOpened(t *testing.T) {
	sealers, err := newClaimsSealers(map[string][]byte{"k1": []byte(strongSecret)})
	if err != nil {
		t.Fatal(err)
	}
	if wallet, payer, err := sealers["k1"].open(sealedVector); err != nil || wallet != "sandbox" || payer != "2088" {
		t.Errorf("got %q, %q, %v", wallet, payer, err)
	}
}

func TestSealedClaimsThatAreNotOursAreRefused(t *testing.T) {
	config := testConfig()
	config.Keys = append(config.Keys, TokenKey{ID: "k2", Secret: NewSecret(strongSecret + "-the-second")})
	tokens := mustTokens(t, config)
	for name, sealed := range map[string]string{
		"rubbish": "rubbish", "one letter": "A", "too short": "AAAA", "padded": sealedVector + "=",
		"of another key": tokens.sealers["k2"].seal("sandbox", "2088"),
		"altered":        sealedVector[:20] + "A" + sealedVector[21:],
	} {
		token := forge(t, jwt.SigningMethodHS256, []byte(strongSecret), map[string]any{"kid": "k1"}, map[string]any{
			"iss": testIssuer, "aud": "order", "exp": testNow.Unix() + 60, "app": "demo", "order": "ord_1", "sealed": sealed,
		})
		if got, err := tokens.ParseOrder(token); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: got %+v, %v, want Unauthenticated", name, got, err)
		}
	}
}

func TestSealedClaimsOpenAfterRotation(t *testing.T) {
	before := Keyring{Keys: testConfig().Keys, ReceiptKeys: testConfig().ReceiptKeys}
	config := testConfig()
	token, _, err := mustTokens(t, config).IssueOrder(testOrder)
	if err != nil {
		t.Fatal(err)
	}
	before, _ = before.WithSealing()
	added, err := before.Add()
	if err != nil {
		t.Fatal(err)
	}
	after, err := added.Sign()
	if err != nil {
		t.Fatal(err)
	}
	config.Keys, config.ReceiptKeys = after.Keys, after.ReceiptKeys
	got, err := mustTokens(t, config).ParseOrder(token)
	if err != nil || got.Payer != testOrder.Payer || got.Wallet != testOrder.Wallet {
		t.Errorf("got %+v, %v, want %+v", got, err, testOrder)
	}
}

func TestClaimsThatWouldNotOpenAsTheyWereAreNotSealed(t *testing.T) {
	for use, issue := range issueOrders(mustTokens(t, testConfig())) {
		for name, spoil := range map[string]func(*OrderClaims){
			"a wallet with a NUL":       func(o *OrderClaims) { o.Wallet = "sand\x00box" },
			"a payer with a NUL":        func(o *OrderClaims) { o.Payer = "2088\x00" },
			"a payer that is not UTF-8": func(o *OrderClaims) { o.Payer = "\xff" },
		} {
			claims := testOrder
			spoil(&claims)
			if _, err := issue(claims); !errors.Is(err, fault.Internal) {
				t.Errorf("%s: %s: got %v, want Internal", use, name, err)
			}
		}
	}
}

func FuzzOpenClaims(f *testing.F) {
	sealers, err := newClaimsSealers(map[string][]byte{"k1": []byte(strongSecret)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealedVector)
	f.Add(sealedVector[:8] + "\n" + sealedVector[8:])
	f.Add("")
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if wallet, payer, err := sealers["k1"].open(text); err == nil && text != sealedVector {
			t.Errorf("claims that were not sealed were opened: %q as %q, %q", text, wallet, payer)
		}
	})
}
