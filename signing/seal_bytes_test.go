package signing

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
)

func TestSealedBytesOpenForTheirContextOnly(t *testing.T) {
	s := testSealer(t, GenerateSealingKey())
	for _, plain := range []string{"", "x", strings.Repeat("long ", 1000)} {
		sealed := s.SealBytes([]byte(plain), "answer 7")
		if got, err := s.OpenBytes(sealed, "answer 7"); err != nil || string(got) != plain {
			t.Errorf("got %q, %v, want %q", got, err, plain)
		}
		if got, err := s.OpenBytes(sealed, "answer 8"); !errors.Is(err, fault.Unauthenticated) || got != nil {
			t.Errorf("for another context: got %q, %v, want Unauthenticated", got, err)
		}
		if len(plain) > 16 && bytes.Contains(sealed, []byte(plain)) { // less is there by chance
			t.Error("the sealed bytes contain the plain ones")
		}
	}
}

func TestEveryAlteredOrMissingByteOfSealedBytesIsRefused(t *testing.T) {
	key := GenerateSealingKey()
	s := testSealer(t, key)
	sealed := s.SealBytes([]byte("secret"), "c")
	start := 2 + len(key.ID)
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		got, err := s.OpenBytes(altered, "c")
		unknownKey := i > 0 && i < start && errors.Is(err, fault.Internal) // of the id
		if got != nil || !unknownKey && !errors.Is(err, fault.Unauthenticated) {
			t.Errorf("byte %d altered: got %q, %v", i, got, err)
		}
		if got, err := s.OpenBytes(sealed[:i], "c"); got != nil || err == nil {
			t.Errorf("cut to %d bytes: got %q, want a refusal", i, got)
		}
	}
}

func TestSealedBytesOfAReplacedKeyOpen(t *testing.T) {
	older, newer := GenerateSealingKey(), GenerateSealingKey()
	sealed := testSealer(t, older).SealBytes([]byte("secret"), "c")
	if got, err := testSealer(t, newer, older).OpenBytes(sealed, "c"); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v, want secret", got, err)
	}
	if _, err := testSealer(t, newer).OpenBytes(sealed, "c"); !errors.Is(err, fault.Internal) {
		t.Errorf("without the key: got %v, want Internal", err)
	}
}
