package signing

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
)

func testSealer(t testing.TB, keys ...SealingKey) *Sealer {
	t.Helper()
	s, err := NewSealer(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatWasSealedOpensForItsContextOnly(t *testing.T) {
	s := testSealer(t, GenerateSealingKey())
	for _, plain := range []string{"", "x", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", strings.Repeat("long ", 1000)} {
		text := s.Seal([]byte(plain), "endpoint 7")
		if got, err := s.Open(text, "endpoint 7"); err != nil || string(got) != plain {
			t.Errorf("got %q, %v, want %q", got, err, plain)
		}
		for _, context := range []string{"", "endpoint", "endpoint 8", "endpoint 77"} {
			if got, err := s.Open(text, context); !errors.Is(err, fault.Unauthenticated) || got != nil {
				t.Errorf("for %q: got %q, %v, want Unauthenticated", context, got, err)
			}
		}
	}
}

func TestTheSameSecretIsSealedDifferentlyEachTime(t *testing.T) {
	s := testSealer(t, GenerateSealingKey())
	seen := map[string]bool{}
	for range 100 {
		seen[s.Seal([]byte("secret"), "c")] = true
	}
	if len(seen) != 100 {
		t.Errorf("got %d texts of 100 seals", len(seen))
	}
}

func TestEveryAlteredByteOfASealIsRefused(t *testing.T) {
	key := GenerateSealingKey()
	s := testSealer(t, key)
	text := s.Seal([]byte("secret"), "c")
	start := len("v1." + key.ID + ".")
	for i := range text {
		for bit := range 8 {
			altered := []byte(text)
			altered[i] ^= 1 << bit
			got, err := s.Open(string(altered), "c")
			unknownKey := i < start && errors.Is(err, fault.Internal) // of the id
			if got != nil || !unknownKey && !errors.Is(err, fault.Unauthenticated) {
				t.Fatalf("byte %d of %s, bit %d: got %q, %v", i, text, bit, got, err)
			}
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "no version": text[3:], "another version": "v2" + text[2:], "no key": "v1." + text[start:],
		"cut short": text[:len(text)-4], "only a key": text[:start], "padded": text + "=", "in two lines": text[:start+4] + "\n" + text[start+4:],
	} {
		if got, err := s.Open(text, "c"); !errors.Is(err, fault.Unauthenticated) || got != nil {
			t.Errorf("%s: got %q, %v, want Unauthenticated", name, got, err)
		}
	}
}

func TestTheNewestKeySealsAndOlderOnesOpen(t *testing.T) {
	older, newer := GenerateSealingKey(), GenerateSealingKey()
	before, after := testSealer(t, older), testSealer(t, newer, older)
	text := before.Seal([]byte("secret"), "c")
	if got, err := after.Open(text, "c"); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v, want what the older key sealed", got, err)
	}
	if text := after.Seal(nil, "c"); !strings.HasPrefix(text, "v1."+newer.ID+".") {
		t.Errorf("got %s, want it sealed with %s", text, newer.ID)
	}
	_, err := before.Open(after.Seal(nil, "c"), "c")
	if !errors.Is(err, fault.Internal) || !strings.Contains(err.Error(), newer.ID) {
		t.Errorf("got %v, want Internal that names the key", err)
	}
}

func TestRotationKeepsEverySealingKey(t *testing.T) {
	k := GenerateKeyring()
	first, err := k.Sealer()
	if err != nil {
		t.Fatal(err)
	}
	text := first.Seal([]byte("secret"), "c")
	last, err := retired(t, rotated(t, retired(t, rotated(t, retired(t, rotated(t, k)))))).Sealer()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := last.Open(text, "c"); err != nil || !bytes.Equal(got, []byte("secret")) {
		t.Errorf("got %q, %v, want what was sealed three rotations ago", got, err)
	}
}

func TestSealingKeysThatAreNoneAreRefused(t *testing.T) {
	good := GenerateSealingKey()
	for name, keys := range map[string][]SealingKey{
		"no key":                {},
		"no bytes":              {{ID: "k1"}},
		"16 bytes":              {{ID: "k1", Secret: secretOf(randomBytes(16))}},
		"33 bytes":              {{ID: "k1", Secret: secretOf(randomBytes(33))}},
		"a repeated byte":       {{ID: "k1", Secret: NewSecret(strings.Repeat("k", 32))}},
		"no id":                 {{Secret: good.Secret}},
		"an id with a dot":      {{ID: "k.1", Secret: good.Secret}},
		"an id with a space":    {{ID: "k 1", Secret: good.Secret}},
		"two keys of one id":    {good, {ID: good.ID, Secret: GenerateSealingKey().Secret}},
		"an older one is empty": {good, {ID: "k1"}},
	} {
		if _, err := NewSealer(keys...); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want Invalid", name, err)
		}
	}
	if got := fmt.Sprintf("%v %+v", good, good); strings.Contains(got, string(good.Secret.Reveal())) || !strings.Contains(got, redacted) {
		t.Errorf("a sealing key prints its secret: %s", got)
	}
}

// vectorText is "secret" for "endpoint 7", sealed with vectorKey by Node.js and its
// OpenSSL; the nonce is 00 01 … 0b. No published vector has this form.
const vectorText = "v1.k1.AAECAwQFBgcICQoLWPeN7WrxFM2KUXK-yMQ7CW9W7Fbo3Q"

func vectorKey() SealingKey {
	return SealingKey{ID: "k1", Secret: NewSecret("Vt9xQ0m_zLwYc4RbN7sKd2GhJ6fUap3-")}
}

func TestWhatOpenSSLSealedIsOpened(t *testing.T) {
	if got, err := testSealer(t, vectorKey()).Open(vectorText, "endpoint 7"); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v, want secret", got, err)
	}
}

func FuzzOpen(f *testing.F) {
	s := testSealer(f, vectorKey())
	f.Add(vectorText, "endpoint 7")
	f.Add("v1.k1.", "")
	f.Add("v1..AAAA", "c")
	f.Add(strings.Replace(vectorText, "k1", "k2", 1), "endpoint 7")
	f.Fuzz(func(t *testing.T, text, context string) {
		plain, err := s.Open(text, context)
		switch {
		case err == nil && (text != vectorText || context != "endpoint 7" || string(plain) != "secret"):
			t.Errorf("text that was not sealed was opened: %q for %q", text, context)
		case err != nil && !errors.Is(err, fault.Unauthenticated) && !errors.Is(err, fault.Internal):
			t.Errorf("got %v, want Unauthenticated, or Internal for an unknown key", err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	s := testSealer(b, GenerateSealingKey())
	text := s.Seal([]byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "webhook shop/whe_1")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open(text, "webhook shop/whe_1"); err != nil {
			b.Fatal(err)
		}
	}
}
