package signing

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/minitill/minitill/fault"
)

var testNow = time.Date(2025, 11, 20, 9, 30, 0, 123456789, time.UTC)

const testIssuer = "https://till.example"

// testSeed is that of RFC 8032, 7.1, test 1, which RFC 8037, appendix A, uses too.
const (
	testSeed    = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
	testPublicX = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
)

func testConfig() TokensConfig {
	seed, _ := hex.DecodeString(testSeed)
	return TokensConfig{
		Issuer:      testIssuer,
		Keys:        []TokenKey{{ID: "k1", Secret: NewSecret(strongSecret)}},
		ReceiptKeys: []ReceiptKey{{ID: "r1", Seed: NewSecret(string(seed))}},
		Now:         func() time.Time { return testNow },
	}
}

func mustTokens(t testing.TB, config TokensConfig) *Tokens {
	t.Helper()
	tokens, err := NewTokens(config)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

var (
	testSession = Session{App: "demo", Wallet: "sandbox", Payer: "2088-é-<&>", ID: "ses_1"}
	testOrder   = OrderClaims{
		App: "demo", Wallet: "sandbox", Payer: "2088", Order: "ord_1", Payment: "pay_1",
		Currency: "USD", Value: "1234",
	}
	testReceipt = Receipt{
		App: "demo", Order: "ord_1", Status: "paid", Currency: "USD", Value: "1234", Paid: "1234",
		Refunded: "0", Wallet: "sandbox", WalletPaymentID: "W1", At: testNow.Truncate(time.Millisecond),
		IssuedAt: testNow.Truncate(time.Second),
	}
)

func TestTokensRoundTrip(t *testing.T) {
	tokens := mustTokens(t, testConfig())
	t.Run("a session comes back as it was", func(t *testing.T) {
		token, expiresAt, err := tokens.IssueSession(testSession)
		if err != nil {
			t.Fatal(err)
		}
		want := testSession
		want.IssuedAt, want.ExpiresAt = testNow.Truncate(time.Second), testNow.Add(2*time.Hour).Truncate(time.Second)
		got, err := tokens.ParseSession(token)
		if err != nil || got != want || !expiresAt.Equal(want.ExpiresAt) {
			t.Errorf("got %+v until %v, %v, want %+v", got, expiresAt, err, want)
		}
	})
	t.Run("a guest needs no payer, and every session has an id", func(t *testing.T) {
		token, _, err := tokens.IssueSession(Session{App: "demo", Guest: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := tokens.ParseSession(token)
		if err != nil || !got.Guest || !strings.HasPrefix(got.ID, "ses_") {
			t.Errorf("got %+v, %v, want a guest with an id", got, err)
		}
	})
	t.Run("an order comes back as it was", func(t *testing.T) {
		want := testOrder
		want.ExpiresAt = testNow.Add(15 * time.Minute).Truncate(time.Second)
		token, expiresAt, err := tokens.IssueOrder(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tokens.ParseOrder(token)
		if err != nil || got != want || !expiresAt.Equal(want.ExpiresAt) {
			t.Errorf("got %+v until %v, %v, want %+v", got, expiresAt, err, want)
		}
	})
	t.Run("a pay token comes back as it was", func(t *testing.T) {
		token, expiresAt, err := tokens.IssuePay(testOrder)
		if err != nil {
			t.Fatal(err)
		}
		want := testOrder
		want.ExpiresAt = testNow.Add(24 * time.Hour).Truncate(time.Second)
		got, err := tokens.ParsePay(token)
		if err != nil || got != want || !expiresAt.Equal(want.ExpiresAt) {
			t.Errorf("got %+v until %v, %v, want %+v", got, expiresAt, err, want)
		}
	})
	t.Run("a receipt comes back as it was", func(t *testing.T) {
		token, err := tokens.IssueReceipt(testReceipt)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tokens.ParseReceipt(token)
		if err != nil || got != testReceipt {
			t.Errorf("got %+v, %v, want %+v", got, err, testReceipt)
		}
	})
}

func TestTokensAreForOneUse(t *testing.T) {
	tokens := mustTokens(t, testConfig())
	session, _, _ := tokens.IssueSession(testSession)
	order, _, _ := tokens.IssueOrder(testOrder)
	pay, _, _ := tokens.IssuePay(testOrder)
	receipt, _ := tokens.IssueReceipt(testReceipt)
	issued := map[string]string{"session": session, "order": order, "pay": pay, "receipt": receipt}
	for audience, token := range issued {
		for name, parse := range parsers(tokens) {
			t.Run(audience+" token read as "+name, func(t *testing.T) {
				err := parse(token)
				if name == audience {
					if err != nil {
						t.Errorf("got %v, want nil", err)
					}
					return
				}
				if !errors.Is(err, fault.Unauthenticated) {
					t.Errorf("got %v, want Unauthenticated", err)
				}
			})
		}
	}
}

func parsers(tokens *Tokens) map[string]func(string) error {
	return map[string]func(string) error{
		"session": func(s string) error { _, err := tokens.ParseSession(s); return err },
		"order":   func(s string) error { _, err := tokens.ParseOrder(s); return err },
		"pay":     func(s string) error { _, err := tokens.ParsePay(s); return err },
		"receipt": func(s string) error { _, err := tokens.ParseReceipt(s); return err },
	}
}

// forge signs any header and claims with any method, as an attacker or another
// program with the same library would.
func forge(t testing.TB, method jwt.SigningMethod, key any, header, claims map[string]any) string {
	t.Helper()
	token := jwt.NewWithClaims(method, jwt.MapClaims(claims))
	for name, value := range header {
		token.Header[name] = value
		if value == nil {
			delete(token.Header, name)
		}
	}
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestParseSessionRefusals(t *testing.T) {
	tokens := mustTokens(t, testConfig())
	secret := []byte(strongSecret)
	public := ed25519.PublicKey(mustDecode(t, testPublicX))
	private := ed25519.NewKeyFromSeed(mustDecodeHex(t, testSeed))
	rsaKey := testPrivate(t, "client")
	rsaPublicPEM := testFile(t, "client_public.pem")
	kid := map[string]any{"kid": "k1"}
	claims := func(change map[string]any) map[string]any {
		c := map[string]any{
			"iss": testIssuer, "aud": "session", "exp": testNow.Unix() + 60, "iat": testNow.Unix(),
			"app": "demo", "payer": "1",
		}
		for name, value := range change {
			c[name] = value
			if value == nil {
				delete(c, name)
			}
		}
		return c
	}
	hs := jwt.SigningMethodHS256
	good := forge(t, hs, secret, kid, claims(nil))
	if _, err := tokens.ParseSession(good); err != nil {
		t.Fatalf("the pattern of all forgeries is itself refused: %v", err)
	}
	parts := strings.Split(good, ".")
	tests := []struct{ name, token, detail string }{
		{"nothing", "", "There is no session token."},
		{"one segment", "abc", "not valid"},
		{"four segments", good + ".abc", "not valid"},
		{"three empty segments", "..", "not valid"},
		{"more than 4 KiB", good + strings.Repeat("A", MaxTokenSize), "too long"},
		{"an expired token", forge(t, hs, secret, kid, claims(map[string]any{"exp": testNow.Unix() - 6})), "has expired"},
		{"no expiry", forge(t, hs, secret, kid, claims(map[string]any{"exp": nil})), "not valid"},
		{"expiry zero", forge(t, hs, secret, kid, claims(map[string]any{"exp": 0})), "not valid"},
		{"expiry as text", forge(t, hs, secret, kid, claims(map[string]any{"exp": "9999999999"})), "not valid"},
		{"expiry with an exponent", forge(t, hs, secret, kid, claims(map[string]any{"exp": json.Number("1e300")})), "not valid"},
		{"no audience", forge(t, hs, secret, kid, claims(map[string]any{"aud": nil})), "not valid"},
		{"another audience", forge(t, hs, secret, kid, claims(map[string]any{"aud": "order"})), "is not a session token."},
		{"two audiences", forge(t, hs, secret, kid, claims(map[string]any{"aud": []string{"session", "order"}})), "not valid"},
		{"no issuer", forge(t, hs, secret, kid, claims(map[string]any{"iss": nil})), "not valid"},
		{"another issuer", forge(t, hs, secret, kid, claims(map[string]any{"iss": "https://other.example"})), "not valid"},
		{"no key id", forge(t, hs, secret, nil, claims(nil)), "not valid"},
		{"an empty key id", forge(t, hs, secret, map[string]any{"kid": ""}, claims(nil)), "not valid"},
		{"an unknown key id", forge(t, hs, secret, map[string]any{"kid": "k2"}, claims(nil)), "not valid"},
		{"a key id that is a number", forge(t, hs, secret, map[string]any{"kid": 1}, claims(nil)), "not valid"},
		{"a receipt's key id", forge(t, hs, secret, map[string]any{"kid": "r1"}, claims(nil)), "not valid"},
		{"another secret", forge(t, hs, []byte(strongSecret+"x"), kid, claims(nil)), "not valid"},
		{"no secret", forge(t, hs, []byte{}, kid, claims(nil)), "not valid"},
		{"algorithm none", forge(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, kid, claims(nil)), "not valid"},
		{"algorithm none in the header of a signed one", respell(parts, `{"alg":"none","kid":"k1","typ":"JWT"}`), "not valid"},
		{"algorithm NONE without signature", respell([]string{"", parts[1], ""}, `{"alg":"NONE","kid":"k1"}`), "not valid"},
		{"algorithm hs256", respell(parts, `{"alg":"hs256","kid":"k1","typ":"JWT"}`), "not valid"},
		{"algorithm HS512 with the right secret", forge(t, jwt.SigningMethodHS512, secret, kid, claims(nil)), "not valid"},
		{"algorithm RS256", forge(t, jwt.SigningMethodRS256, rsaKey, kid, claims(nil)), "not valid"},
		{"HS256 keyed with an RSA public key", forge(t, hs, rsaPublicPEM, kid, claims(nil)), "not valid"},
		{"EdDSA with the receipt key", forge(t, jwt.SigningMethodEdDSA, private, map[string]any{"kid": "r1"}, claims(nil)), "not valid"},
		{"HS256 keyed with the receipt's public key", forge(t, hs, []byte(public), map[string]any{"kid": "r1"}, claims(nil)), "not valid"},
		{"a critical header we do not know", forge(t, hs, secret, map[string]any{"kid": "k1", "crit": []string{"b64"}}, claims(nil)), "not valid"},
		{"claims that are null", forgeRaw(secret, `{"alg":"HS256","kid":"k1"}`, `null`), "not valid"},
		{"claims that are a list", forgeRaw(secret, `{"alg":"HS256","kid":"k1"}`, `[]`), "not valid"},
		{"a header that is null", forgeRaw(secret, `null`, `{}`), "not valid"},
		{"a line break in the signature", good[:len(good)-4] + "\n" + good[len(good)-4:], "not valid"},
		{"padding at the end", good + "=", "not valid"},
		{"a blank in front", " " + good, "not valid"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tokens.ParseSession(tt.token)
			if !errors.Is(err, fault.Unauthenticated) {
				t.Fatalf("got %v, want Unauthenticated", err)
			}
			if got := fault.Of(err).Detail; !strings.Contains(got, tt.detail) {
				t.Errorf("got detail %q, want %q in it", got, tt.detail)
			}
		})
	}
	t.Run("every other character at every place", func(t *testing.T) {
		for i := range good {
			changed := []byte(good)
			if changed[i] == 'A' {
				changed[i] = 'B'
			} else {
				changed[i] = 'A'
			}
			if _, err := tokens.ParseSession(string(changed)); !errors.Is(err, fault.Unauthenticated) {
				t.Fatalf("place %d: got %v, want Unauthenticated", i, err)
			}
		}
	})
	t.Run("five seconds late are forgiven", func(t *testing.T) {
		late := forge(t, hs, secret, kid, claims(map[string]any{"exp": testNow.Unix() - 4}))
		if _, err := tokens.ParseSession(late); err != nil {
			t.Errorf("got %v, want nil", err)
		}
	})
}

func respell(parts []string, header string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "." + parts[2]
}

func forgeRaw(secret []byte, header, claims string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(claims))
	sum := newHMAC("", secretOf(secret)).appendSum(nil, []byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(sum)
}

func mustDecode(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustDecodeHex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestIssuingRefusesIncompleteClaims(t *testing.T) {
	tokens := mustTokens(t, testConfig())
	session := func(change func(*Session)) error {
		s := testSession
		change(&s)
		_, _, err := tokens.IssueSession(s)
		return err
	}
	order := func(change func(*OrderClaims)) error {
		o := testOrder
		change(&o)
		_, _, err := tokens.IssueOrder(o)
		return err
	}
	receipt := func(change func(*Receipt)) error {
		r := testReceipt
		change(&r)
		_, err := tokens.IssueReceipt(r)
		return err
	}
	tests := map[string]error{
		"a session without an app":              session(func(s *Session) { s.App = "" }),
		"a session without a payer":             session(func(s *Session) { s.Payer = "" }),
		"a session that is over":                session(func(s *Session) { s.ExpiresAt = testNow }),
		"a payer that is not UTF-8":             session(func(s *Session) { s.Payer = "\xff" }),
		"a payer too long to be read back":      session(func(s *Session) { s.Payer = strings.Repeat("p", MaxTokenSize) }),
		"an order without an id":                order(func(o *OrderClaims) { o.Order = "" }),
		"an order without an amount":            order(func(o *OrderClaims) { o.Value = "" }),
		"an order with a currency not in UTF-8": order(func(o *OrderClaims) { o.Currency = "\xc3" }),
		"a receipt without a status":            receipt(func(r *Receipt) { r.Status = "" }),
		"a receipt without a time":              receipt(func(r *Receipt) { r.At = time.Time{} }),
		"a receipt for a payment not in UTF-8":  receipt(func(r *Receipt) { r.WalletPaymentID = "\xff" }),
	}
	for name, err := range tests {
		t.Run(name, func(t *testing.T) {
			if !errors.Is(err, fault.Internal) {
				t.Errorf("got %v, want Internal", err)
			}
		})
	}
}

// issuedOrder is an order token that was issued with testConfig. A new one differs each time,
// since its claims are sealed with a random nonce, and so in each process of a fuzz run.
const issuedOrder = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0." +
	"eyJpc3MiOiJodHRwczovL3RpbGwuZXhhbXBsZSIsImF1ZCI6Im9yZGVyIiwiaWF0IjoxNzYzNjMxMDAwLCJleHAiOjE3NjM3MTc0MDAsImFwcCI6ImRlbW8iLCJvcmRlciI6Im9yZF8x" +
	"IiwicGF5bWVudCI6InBheV8xIiwiYW1vdW50Ijp7ImN1cnJlbmN5IjoiVVNEIiwidmFsdWUiOiIxMjM0In0sInNlYWxlZCI6IktqeVhBWkZRVzcyNGhTR1Z0bFFhd3hPQ0M5dEZCVDJD" +
	"azRTMmxJTWlTdGhrTWlic3RYcU5PLVdmdS01aEhuUG5tWnNSOXQ1ck1fUWlpUVdvIn0." +
	"aSSuaF8PSwdkq4CdWkGLw8GXSoVoLkTa2RVUGOWCKjY"

func FuzzParseSession(f *testing.F) {
	tokens := mustTokens(f, testConfig())
	session, _, _ := tokens.IssueSession(testSession)
	if _, err := tokens.ParseOrder(issuedOrder); err != nil {
		f.Fatalf("the issued order token: %v", err)
	}
	receipt, _ := tokens.IssueReceipt(testReceipt)
	for _, seed := range []string{session, issuedOrder, receipt, "", "..", "e30.e30.", "bnVsbA.bnVsbA."} {
		f.Add(seed)
	}
	f.Add(forgeRaw([]byte("x"), `{"alg":"none","kid":"k1"}`, `{"aud":"session"}`))
	f.Fuzz(func(t *testing.T, token string) {
		got, err := tokens.ParseSession(token)
		if err == nil && token != session {
			t.Fatalf("got %+v for a token never issued: %q", got, token)
		}
		if err != nil && !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("got %v, want Unauthenticated", err)
		}
		for name, parse := range parsers(tokens) {
			err := parse(token)
			known := token == session || token == issuedOrder || token == receipt
			if err == nil && !known {
				t.Fatalf("%s accepts a token never issued: %q", name, token)
			}
		}
	})
}
