package signing

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
)

func TestKeyringSurvivesTheFile(t *testing.T) {
	want := rotated(t, retired(t, rotated(t, rotated(t, GenerateKeyring()))))
	if len(want.Keys) != 2 || len(want.ReceiptKeys) != 4 || len(want.SealingKeys) != 4 {
		t.Fatalf("got %d, %d and %d keys, want 2 that expire and 4 of each kind that does not",
			len(want.Keys), len(want.ReceiptKeys), len(want.SealingKeys))
	}
	document, err := EncodeKeyring(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeKeyring(document)
	if err != nil {
		t.Fatal(err)
	}
	want.ReceiptKeys[0].Public = nil // derived from the seed, so not written
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got other keys than were written:\n%s", document)
	}
	if got := bytes.Count(document, []byte(`"seed"`)); got != 1 {
		t.Errorf("got %d seeds in the document, want that of the key that signs", got)
	}
	again, _ := EncodeKeyring(got)
	if !bytes.Equal(document, again) {
		t.Error("writing what was read gives another document")
	}
	mustTokens(t, TokensConfig{Issuer: testIssuer, Keys: got.Keys, ReceiptKeys: got.ReceiptKeys})
}

// rotated is a keyring after the steps add and sign.
func rotated(t testing.TB, k Keyring) Keyring {
	t.Helper()
	k, err := k.Add()
	if err != nil {
		t.Fatal(err)
	}
	if k, err = k.Sign(); err != nil {
		t.Fatal(err)
	}
	return k
}

// retired is a keyring after the step retire.
func retired(t testing.TB, k Keyring) Keyring {
	t.Helper()
	k, err := k.Retire()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestGeneratedKeysDiffer(t *testing.T) {
	a, b := GenerateKeyring(), GenerateKeyring()
	if a.Keys[0].Secret.Equal(b.Keys[0].Secret) || a.ReceiptKeys[0].Seed.Equal(b.ReceiptKeys[0].Seed) {
		t.Error("two generated keyrings share a key")
	}
	if id := a.Keys[0].ID; len(id) != 9 || id[0] != 'k' || strings.Trim(id[1:], "0123456789abcdef") != "" {
		t.Errorf("got id %q, want k and eight hexadecimal digits", id)
	}
}

func TestDecodeKeyringPutsTheSigningKeyFirst(t *testing.T) {
	k := rotated(t, GenerateKeyring())
	document, _ := EncodeKeyring(k)
	swapped := strings.NewReplacer(`"sign"`, `"verify"`, `"verify"`, `"sign"`).Replace(string(document))
	if _, err := DecodeKeyring([]byte(swapped)); !errors.Is(err, fault.Invalid) {
		t.Errorf("a receipt key without a seed that signs: got %v, want Invalid", err)
	}
	tokensOnly, rest, _ := strings.Cut(string(document), `"receipts"`)
	swapped = strings.NewReplacer(`"sign"`, `"verify"`, `"verify"`, `"sign"`).Replace(tokensOnly) + `"receipts"` + rest
	got, err := DecodeKeyring([]byte(swapped))
	if err != nil || got.Keys[0].ID != k.Keys[1].ID {
		t.Errorf("got %v, %v, want the second key in front", got.Keys, err)
	}
}

func TestDecodeKeyringRefusals(t *testing.T) {
	document, err := EncodeKeyring(rotated(t, GenerateKeyring()))
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) string {
		changed := strings.Replace(string(document), old, new, 1)
		if changed == string(document) {
			t.Fatalf("nothing to replace: %s", old)
		}
		return changed
	}
	var parsed keyringDocument
	if err := json.Unmarshal(document, &parsed); err != nil {
		t.Fatal(err)
	}
	secret, id, sealing := parsed.Tokens[0].Secret, parsed.Tokens[0].ID, parsed.Sealing[0].Secret
	tests := map[string]string{
		"nothing":                           "",
		"null":                              "null",
		"a list":                            "[]",
		"an empty object":                   "{}",
		"another version":                   replace(`"version": 1`, `"version": 2`),
		"a version that is text":            replace(`"version": 1`, `"version": "1"`),
		"an unknown member":                 replace(`"version": 1`, `"version": 1, "extra": 1`),
		"a member twice":                    replace(`"version": 1`, `"version": 1, "version": 1`),
		"a member in another case":          replace(`"version"`, `"Version"`),
		"a member with a letter that folds": replace(`"tokens"`, `"to`+"\u212a"+`ens"`),
		"something behind it":               string(document) + "{}",
		"an unknown use":                    replace(`"sign"`, `"both"`),
		"no use":                            replace(`"sign"`, `""`),
		"no key that signs":                 replace(`"sign"`, `"verify"`),
		"two keys that sign":                replace(`"verify"`, `"sign"`),
		"a key of one kind in the other":    replace(`"secret"`, `"seed"`),
		"a secret that is not Base64":       replace(secret, "!"+secret[1:]),
		"a secret cut short":                replace(secret, secret[:20]),
		"no secret":                         replace(secret, ""),
		"two keys of one id":                replace(parsed.Tokens[1].ID, id),
		"an empty id":                       replace(id, ""),
		"a document cut off":                string(document[:len(document)-3]),
		"no sealing key that seals":         replace(`"seal"`, `"open"`),
		"two sealing keys that seal":        replace(`"open"`, `"seal"`),
		"a sealing key that signs":          replace(`"seal"`, `"sign"`),
		"a sealing key cut short":           replace(sealing, sealing[:40]),
		"an empty list of sealing keys":     cutSealing(document) + `, "sealing": []}`,
		"nesting without end":               strings.Repeat("[", 1<<19),
		"two megabytes":                     strings.Repeat(" ", 2<<20),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := DecodeKeyring([]byte(text))
			if !errors.Is(err, fault.Invalid) {
				t.Fatalf("got %v, want Invalid", err)
			}
			if strings.Contains(err.Error(), secret[:16]) {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

// cutSealing is a document up to the list of sealing keys.
func cutSealing(document []byte) string {
	before, _, _ := strings.Cut(string(document), `"sealing"`)
	return strings.TrimRight(before, ", \n")
}

func TestAKeyringOfTheFirstReleaseIsReadAndGetsASealingKey(t *testing.T) {
	document, err := EncodeKeyring(GenerateKeyring())
	if err != nil {
		t.Fatal(err)
	}
	k, err := DecodeKeyring([]byte(cutSealing(document) + "\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sealer(); !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "no sealing key") {
		t.Errorf("got %v, want Invalid about a sealing key", err)
	}
	if again, err := EncodeKeyring(k); err != nil || string(again) != cutSealing(document)+"\n}\n" {
		t.Errorf("got another document, %v:\n%s", err, again)
	}
	sealing, added := k.WithSealing()
	if _, err := sealing.Sealer(); !added || err != nil || len(k.SealingKeys) != 0 {
		t.Errorf("got %v, %v, want a key added to a copy", added, err)
	}
	if again, added := sealing.WithSealing(); added || len(again.SealingKeys) != 1 {
		t.Errorf("got %d sealing keys, added %v, want the one there was", len(again.SealingKeys), added)
	}
}

func TestEncodeKeyringRefusesWhatCannotStart(t *testing.T) {
	for name, k := range map[string]Keyring{
		"no keys":             {},
		"no receipt keys":     {Keys: GenerateKeyring().Keys},
		"a key without bytes": {Keys: []TokenKey{{ID: "k1"}}, ReceiptKeys: GenerateKeyring().ReceiptKeys},
		"a sealing key without bytes": {
			Keys: GenerateKeyring().Keys, ReceiptKeys: GenerateKeyring().ReceiptKeys, SealingKeys: []SealingKey{{ID: "k1"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := EncodeKeyring(k); !errors.Is(err, fault.Invalid) {
				t.Errorf("got %v, want Invalid", err)
			}
		})
	}
}

func FuzzDecodeKeyring(f *testing.F) {
	document, _ := EncodeKeyring(rotated(f, GenerateKeyring()))
	f.Add(document)
	waiting, _ := GenerateKeyring().Add()
	document, _ = EncodeKeyring(waiting)
	f.Add(document)
	f.Add([]byte(`{"version":1,"tokens":[],"receipts":[]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		k, err := DecodeKeyring(document)
		if err != nil {
			if !errors.Is(err, fault.Invalid) {
				t.Errorf("got %v, want Invalid", err)
			}
			return
		}
		again, err := EncodeKeyring(k)
		if err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
		if same, err := DecodeKeyring(again); err != nil || same.Added != k.Added {
			t.Errorf("what was written reads as another keyring: %v", err)
		}
	})
}
