package signing

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/minitill/minitill/fault"
)

const strongSecret = "p3-Vt9xQ0m_zLwYc4RbN7sKd2GhJ6fUa"

func mustHMAC(t testing.TB, keyID, secret string) *HMAC {
	t.Helper()
	h, err := NewHMAC(keyID, NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHMACMatchesPublishedVectors(t *testing.T) {
	rfc7515Key, err := base64.RawURLEncoding.DecodeString(
		"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
	if err != nil {
		t.Fatal(err)
	}
	rfc7515Sum, _ := base64.RawURLEncoding.DecodeString("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
	rfc4231Key, _ := hex.DecodeString("0102030405060708090a0b0c0d0e0f10111213141516171819")
	rfc4231Sum, _ := hex.DecodeString("82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")
	tests := []struct {
		name               string
		key, message, want []byte
	}{
		{"RFC 4231, case 4", rfc4231Key, bytes.Repeat([]byte{0xcd}, 50), rfc4231Sum},
		{"RFC 7515, appendix A.1", rfc7515Key, []byte("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." +
			"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"), rfc7515Sum},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHMAC("1", secretOf(tt.key)) // a published key that counts up is no secret
			for range 3 {                       // the second and third use a kept state
				got, err := h.Sign(t.Context(), tt.message)
				if err != nil || !bytes.Equal(got, tt.want) {
					t.Fatalf("got %x, %v, want %x", got, err, tt.want)
				}
				if err := h.Verify(t.Context(), "1", tt.message, tt.want); err != nil {
					t.Fatalf("got %v, want nil", err)
				}
			}
		})
	}
}

func TestNewHMACRefusesWhatIsNoSecret(t *testing.T) {
	tests := []struct {
		name, secret string
		refused      bool
	}{
		{"an empty secret", "", true},
		{"fifteen bytes", "p3Vt9xQ0mzLwYc4", true},
		{"sixteen bytes are enough", "p3Vt9xQ0mzLwYc4R", false},
		{"one character repeated", strings.Repeat("a", 40), true},
		{"two characters alternating", strings.Repeat("ab", 20), true},
		{"changeme", "changeme", true},
		{"changeme twice", "changemechangeme", true},
		{"Change-Me with marks between", "Change-Me_Change-Me!", true},
		{"your-256-bit-secret", "your-256-bit-secret", true},
		{"secret over and over", "secretsecretsecret", true},
		{"counting", "12345678901234567890", true},
		{"hexadecimal counting", "0123456789abcdef", true},
		{"a placeholder in braces", "<insert your secret key here>", true},
		{"a word inside something random is fine", "secret-p3Vt9xQ0mzLwYc4", false},
		{"random bytes are fine", string(randomBytes(32)), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewHMAC("1", NewSecret(tt.secret))
			if refused := errors.Is(err, fault.Invalid); refused != tt.refused {
				t.Fatalf("got %v, want refused %v", err, tt.refused)
			}
			if err != nil && tt.secret != "" && strings.Contains(err.Error(), tt.secret) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestHMACVerifyRefusesEveryChange(t *testing.T) {
	h := mustHMAC(t, "1", strongSecret)
	message := []byte("1684304935GET/api/pay?id=7")
	signature, _ := h.Sign(t.Context(), message)
	flip := func(b []byte, i int) []byte {
		changed := bytes.Clone(b)
		changed[i] ^= 1
		return changed
	}
	for i := range message {
		if err := h.Verify(t.Context(), "1", flip(message, i), signature); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("message byte %d flipped: got %v, want Unauthenticated", i, err)
		}
	}
	for i := range signature {
		if err := h.Verify(t.Context(), "1", message, flip(signature, i)); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("signature byte %d flipped: got %v, want Unauthenticated", i, err)
		}
	}
	for _, short := range [][]byte{nil, {}, signature[:31], append(bytes.Clone(signature), 0)} {
		if err := h.Verify(t.Context(), "1", message, short); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("signature of %d bytes: got %v, want Unauthenticated", len(short), err)
		}
	}
}

func TestHMACVerifierChoosesByKeyID(t *testing.T) {
	older, newer := mustHMAC(t, "1", strongSecret), mustHMAC(t, "2", strongSecret+"-two")
	v, err := NewHMACVerifier(newer, older)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("message")
	oldSignature, _ := older.Sign(t.Context(), message)
	newSignature, _ := newer.Sign(t.Context(), message)
	tests := []struct {
		name, keyID string
		signature   []byte
		want        error
	}{
		{"the newer key under its id", "2", newSignature, nil},
		{"the older key under its id", "1", oldSignature, nil},
		{"no id means the newest", "", newSignature, nil},
		{"no id does not mean the older", "", oldSignature, fault.Unauthenticated},
		{"the older key under the newer id", "2", oldSignature, fault.Unauthenticated},
		{"an unknown id", "3", newSignature, fault.Unauthenticated},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := v.Verify(t.Context(), tt.keyID, message, tt.signature); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	t.Run("a single HMAC does not fall back either", func(t *testing.T) {
		if err := newer.Verify(t.Context(), "1", message, newSignature); !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("got %v, want Unauthenticated", err)
		}
		if err := newer.Verify(t.Context(), "", message, newSignature); err != nil {
			t.Errorf("without an id: got %v, want nil", err)
		}
	})
	t.Run("no key and two of one id are refused", func(t *testing.T) {
		if _, err := NewHMACVerifier(nil); !errors.Is(err, fault.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
		if _, err := NewHMACVerifier(older, older); !errors.Is(err, fault.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
	})
}

func TestHMACIsSafeForManyAtOnce(t *testing.T) {
	h := mustHMAC(t, "1", strongSecret)
	var workers sync.WaitGroup
	for worker := range 8 {
		workers.Go(func() {
			message := []byte{byte(worker)}
			want, _ := h.Sign(t.Context(), message)
			for range 500 {
				if err := h.Verify(t.Context(), "1", message, want); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
}
