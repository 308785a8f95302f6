package signing

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/minitill/minitill/fault"
)

const (
	redacted          = "[redacted]"
	maxSecretFileSize = 64 << 10
)

// Secret holds bytes that must not be printed. It prints as [redacted] with every verb and
// encoder, also as an unexported field of another type; only [Secret.Reveal] returns the
// bytes. The zero Secret means that none was set.
//
// Secrets are compared with [Secret.Equal]; == does not compile.
type Secret struct {
	_ [0]func() // keeps == away

	// value is two pointers away on purpose: of an unexported field fmt prints the
	// content without calling any method, and for an unfit verb it follows one pointer.
	value **[]byte
}

// NewSecret returns a Secret of the bytes of s, or the zero Secret when s is empty.
// It does not judge the strength; the constructors that use the secret as a key do.
func NewSecret(s string) Secret {
	return secretOf([]byte(s))
}

func secretOf(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	value := new(bytes.Clone(b))
	return Secret{value: &value}
}

// ReadSecretFile reads a secret from a file. It removes one newline at the end, which editors
// and echo write, and a byte order mark before text. Everything else is part of the secret,
// blanks included.
//
// Faults: Invalid for a file that cannot be read, is empty or exceeds 64 KiB.
func ReadSecretFile(path string) (Secret, error) {
	const op = "signing.ReadSecretFile"
	file, err := os.Open(path)
	if err != nil {
		return Secret{}, invalid(op, "The secret file cannot be opened.", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxSecretFileSize+1))
	if err != nil {
		return Secret{}, invalid(op, "The secret file cannot be read.", err)
	}
	if len(content) > maxSecretFileSize {
		return Secret{}, invalid(op, "The secret file is larger than 64 KiB.", fmt.Errorf("read %s", path))
	}
	secret := secretOf(trimNewline(withoutBOM(content)))
	if secret.IsZero() {
		return Secret{}, invalid(op, "The secret file is empty.", fmt.Errorf("read %s", path))
	}
	return secret, nil
}

func trimNewline(b []byte) []byte {
	if trimmed, ok := bytes.CutSuffix(b, []byte("\n")); ok {
		return bytes.TrimSuffix(trimmed, []byte("\r"))
	}
	return b
}

// Reveal returns a copy of the bytes, nil for the zero Secret.
func (s Secret) Reveal() []byte {
	return bytes.Clone(s.bytes())
}

// IsZero reports whether no secret was set.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal compares in constant time, whatever the lengths. A Secret that was not set is equal
// to none, not even to another such, so that a missing setting grants no access.
func (s Secret) Equal(other Secret) bool {
	if s.IsZero() || other.IsZero() {
		return false
	}
	a, b := sha256.Sum256(s.bytes()), sha256.Sum256(other.bytes())
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// bytes returns the value itself, which must not be changed.
func (s Secret) bytes() []byte {
	if s.value == nil {
		return nil
	}
	return **s.value
}

// String returns [redacted].
func (s Secret) String() string { return redacted }

// GoString returns [redacted].
func (s Secret) GoString() string { return redacted }

// Format writes [redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns [redacted].
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns [redacted] as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// UnmarshalText takes text as the secret, byte for byte.
//
// Faults: Invalid for the text [redacted], which a printed configuration contains.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == redacted {
		return &fault.Error{
			Kind: fault.Invalid, Op: "signing.Secret.UnmarshalText",
			Detail: "The secret is the word [redacted], copied from printed settings.",
		}
	}
	*s = secretOf(text)
	return nil
}
