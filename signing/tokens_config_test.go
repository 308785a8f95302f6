package signing

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
)

func TestTokensRotateWithOverlap(t *testing.T) {
	before, _ := Keyring{Keys: testConfig().Keys[:1], ReceiptKeys: testConfig().ReceiptKeys}.WithSealing()
	tokensOf := func(k Keyring) *Tokens {
		config := testConfig()
		config.Keys, config.ReceiptKeys = k.Keys, k.ReceiptKeys
		return mustTokens(t, config)
	}
	old := tokensOf(before)
	session, _, _ := old.IssueSession(testSession)
	receipt, _ := old.IssueReceipt(testReceipt)
	after := tokensOf(rotated(t, before))
	if _, err := after.ParseSession(session); err != nil {
		t.Errorf("an older session after rotation: got %v, want nil", err)
	}
	if _, err := after.ParseReceipt(receipt); err != nil {
		t.Errorf("an older receipt after rotation: got %v, want nil", err)
	}
	newer, _, _ := after.IssueSession(testSession)
	if _, err := old.ParseSession(newer); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a newer session read with the older keys: got %v, want Unauthenticated", err)
	}
	gone := tokensOf(retired(t, rotated(t, before)))
	if _, err := gone.ParseSession(session); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("a session whose key was dropped: got %v, want Unauthenticated", err)
	}
	if _, err := gone.ParseReceipt(receipt); err != nil {
		t.Errorf("a receipt, whose key is never dropped: got %v, want nil", err)
	}
}

func TestNewTokensRefusesUnfitConfig(t *testing.T) {
	other := GenerateReceiptKey()
	tests := map[string]func(*TokensConfig){
		"no issuer":                       func(c *TokensConfig) { c.Issuer = "" },
		"no token key":                    func(c *TokensConfig) { c.Keys = nil },
		"no receipt key":                  func(c *TokensConfig) { c.ReceiptKeys = nil },
		"a negative lifetime":             func(c *TokensConfig) { c.SessionTTL = -1 },
		"a token key without a secret":    func(c *TokensConfig) { c.Keys[0].Secret = Secret{} },
		"a token secret of 31 bytes":      func(c *TokensConfig) { c.Keys[0].Secret = NewSecret(strongSecret[:31]) },
		"a token secret of one character": func(c *TokensConfig) { c.Keys[0].Secret = NewSecret(strings.Repeat("x", 64)) },
		"a token key without an id":       func(c *TokensConfig) { c.Keys[0].ID = "" },
		"an id that would need escaping":  func(c *TokensConfig) { c.Keys[0].ID = `k"1` },
		"an id as long as a token":        func(c *TokensConfig) { c.Keys[0].ID = strings.Repeat("k", 65) },
		"two token keys of one id":        func(c *TokensConfig) { c.Keys = append(c.Keys, c.Keys[0]) },
		"an older key that is a placeholder": func(c *TokensConfig) {
			c.Keys = append(c.Keys, TokenKey{ID: "k0", Secret: NewSecret(strings.Repeat("changeme", 8))})
		},
		"a seed of 31 bytes":           func(c *TokensConfig) { c.ReceiptKeys[0].Seed = NewSecret(strongSecret[:31]) },
		"a public key of another seed": func(c *TokensConfig) { c.ReceiptKeys[0].Public = other.Public },
		"a first receipt key that only verifies": func(c *TokensConfig) {
			c.ReceiptKeys[0] = ReceiptKey{ID: "r1", Public: other.Public}
		},
		"a receipt key with nothing in it": func(c *TokensConfig) { c.ReceiptKeys = append(c.ReceiptKeys, ReceiptKey{ID: "r0"}) },
		"two receipt keys of one id":       func(c *TokensConfig) { c.ReceiptKeys = append(c.ReceiptKeys, c.ReceiptKeys[0]) },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			config := testConfig()
			spoil(&config)
			if _, err := NewTokens(config); !errors.Is(err, fault.Invalid) {
				t.Errorf("got %v, want Invalid", err)
			}
		})
	}
}

func TestKeyHoldersDoNotPrintTheirKeys(t *testing.T) {
	config := testConfig()
	config.Keys[0].Secret = NewSecret(revealing + "-and-longer-still")
	config.ReceiptKeys[0].Seed = NewSecret(revealing + "-0123456789")
	tokens := mustTokens(t, config)
	if _, _, err := tokens.IssueSession(testSession); err != nil { // fills the pools
		t.Fatal(err)
	}
	h := mustHMAC(t, "1", revealing)
	type holder struct {
		tokens *Tokens
		hmac   *HMAC
	}
	for _, shape := range []any{config, tokens, h, holder{tokens, h}, &holder{tokens, h}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			printed := fmt.Sprintf(verb, shape)
			for _, encoded := range []string{"tiger", "74696765", "116 105 103 101", "0x74, 0x69, 0x67, 0x65"} {
				if strings.Contains(printed, encoded) {
					t.Errorf("%s of %T shows a key: %s", verb, shape, printed)
				}
			}
		}
	}
	signer, err := NewRSASigner("1", testPrivate(t, "client"))
	if err != nil {
		t.Fatal(err)
	}
	key := testPrivate(t, "client")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		printed := strings.ToLower(fmt.Sprintf(verb, signer))
		for _, part := range []string{key.D.String()[:40], key.D.Text(16)[:40], key.Primes[0].String()[:40]} {
			if strings.Contains(printed, part) {
				t.Errorf("%s of the signer shows its key", verb)
			}
		}
	}
}
