package signing

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
)

const revealing = "tiger-lily-9041-oxbow"

func TestSecretPrintsRedactedEverywhere(t *testing.T) {
	secret := NewSecret(revealing)
	type exported struct{ Secret Secret }
	type hidden struct {
		secret  Secret
		pointer *Secret
	}
	shapes := map[string]any{
		"by itself":                  secret,
		"by pointer":                 &secret,
		"in an exported field":       exported{secret},
		"in an unexported field":     hidden{secret, &secret},
		"behind pointer and struct":  &hidden{secret, &secret},
		"in a slice":                 []Secret{secret},
		"in a map":                   map[string]Secret{"a": secret},
		"in an interface in a slice": []any{secret, hidden{secret: secret}},
		"in a token key":             TokenKey{ID: "k1", Secret: secret},
		"in a receipt key":           ReceiptKey{ID: "k1", Seed: secret},
	}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			for _, verb := range "vsqxXdTpbcUeg" {
				for _, flags := range []string{"%", "%+", "%#", "% ", "%40", "%-5.2"} {
					assertHidden(t, fmt.Sprintf(flags+string(verb), shape))
				}
			}
			encoded, err := json.Marshal(shape)
			if err != nil {
				t.Fatal(err)
			}
			assertHidden(t, string(encoded))
			var logged bytes.Buffer
			slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "shape", shape)
			slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "shape", shape)
			assertHidden(t, logged.String())
		})
	}
	for _, got := range []string{secret.String(), secret.GoString(), secret.LogValue().String(), fmt.Sprintf("%x", secret)} {
		if got != "[redacted]" {
			t.Errorf("got %q, want [redacted]", got)
		}
	}
	if got, _ := xml.Marshal(secret); !strings.Contains(string(got), "[redacted]") {
		t.Errorf("got XML %q, want [redacted] in it", got)
	}
}

// assertHidden looks for the secret in the encodings fmt has for bytes.
func assertHidden(t *testing.T, printed string) {
	t.Helper()
	plain := []byte(revealing)
	for _, form := range []string{
		revealing, fmt.Sprintf("%x", plain), fmt.Sprintf("%X", plain), fmt.Sprintf("% x", plain),
		strings.Trim(fmt.Sprint(plain), "[]"), strings.Trim(fmt.Sprintf("%b", plain), "[]"),
		"0x74, 0x69, 0x67", "tiger",
	} {
		if strings.Contains(printed, form) {
			t.Fatalf("the secret shows: %s", printed)
		}
	}
}

func TestSecretKeepsItsBytesToItself(t *testing.T) {
	secret := NewSecret(revealing)
	secret.Reveal()[0] = 'X'
	if got := string(secret.Reveal()); got != revealing {
		t.Errorf("got %q after changing what Reveal returned, want %q", got, revealing)
	}
	text := []byte(revealing)
	var read Secret
	if err := read.UnmarshalText(text); err != nil {
		t.Fatal(err)
	}
	text[0] = 'X'
	if !read.Equal(secret) {
		t.Error("changing the text after UnmarshalText changed the secret")
	}
	if !reflect.DeepEqual(read, secret) {
		t.Error("equal secrets are not deeply equal, which tests of settings need")
	}
}

func TestSecretEqual(t *testing.T) {
	tests := []struct {
		name string
		a, b Secret
		want bool
	}{
		{"the same bytes are equal", NewSecret("abc"), NewSecret("abc"), true},
		{"other bytes of the same length are not", NewSecret("abc"), NewSecret("abd"), false},
		{"a prefix is not", NewSecret("abc"), NewSecret("abcd"), false},
		{"an unset secret equals no other", Secret{}, NewSecret("abc"), false},
		{"two unset secrets are not equal either", Secret{}, NewSecret(""), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.a.Equal(tt.b); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSecretRefusesItsOwnPrintout(t *testing.T) {
	var settings struct{ Key Secret }
	err := json.Unmarshal([]byte(`{"Key":"[redacted]"}`), &settings)
	if !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v, want Invalid", err)
	}
}

func TestReadSecretFile(t *testing.T) {
	tests := []struct {
		name, content, want string
		kind                error
	}{
		{"one newline at the end goes", "abc\n", "abc", nil},
		{"so does a carriage return before it", "abc\r\n", "abc", nil},
		{"only the last newline goes", "abc\n\n", "abc\n", nil},
		{"blanks stay", "  abc ", "  abc ", nil},
		{"a file without newline is taken whole", "abc", "abc", nil},
		{"a byte order mark before text goes", "\xef\xbb\xbfabc\n", "abc", nil},
		{"so does UTF-16, as shells of Windows write it", inUTF16(binary.LittleEndian, "abc\r\n"), "abc", nil},
		{"random bytes that begin like a mark stay", "\xef\xbb\xbf\xff\xfe\x00", "\xef\xbb\xbf\xff\xfe\x00", nil},
		{"and those that begin like UTF-16", "\xff\xfe\x01\xd8ab", "\xff\xfe\x01\xd8ab", nil},
		{"and an odd number of them", "\xfe\xffabc", "\xfe\xffabc", nil},
		{"a byte order mark alone is refused", "\xef\xbb\xbf\n", "", fault.Invalid},
		{"an empty file is refused", "", "", fault.Invalid},
		{"a file with a newline only is refused", "\n", "", fault.Invalid},
		{"a huge file is refused", strings.Repeat("a", maxSecretFileSize+1), "", fault.Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := ReadSecretFile(path)
			if !errors.Is(err, tt.kind) {
				t.Fatalf("got error %v, want %v", err, tt.kind)
			}
			if string(got.Reveal()) != tt.want {
				t.Errorf("got %q, want %q", got.Reveal(), tt.want)
			}
		})
	}
	t.Run("a missing file is refused", func(t *testing.T) {
		if _, err := ReadSecretFile(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fault.Invalid) {
			t.Errorf("got %v, want Invalid", err)
		}
	})
}
