package webhook

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func testKey(t testing.TB, secret string) Key {
	t.Helper()
	k, err := ParseKey(signing.NewSecret(secret))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const (
	oldSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	newSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

func TestVerifyTakesWhatWasSignedAndNothingElse(t *testing.T) {
	key, other := testKey(t, oldSecret), testKey(t, newSecret)
	body := []byte(`{"type":"order.paid"}`)
	tests := []struct {
		name string
		edit func(h http.Header, body *[]byte)
		keys []Key
		ok   bool
	}{
		{"as it was sent", func(http.Header, *[]byte) {}, []Key{key}, true},
		{"by a receiver that knows the new secret too", func(http.Header, *[]byte) {}, []Key{other, key}, true},
		{"by a receiver with another secret", func(http.Header, *[]byte) {}, []Key{other}, false},
		{"by a receiver without a secret", func(http.Header, *[]byte) {}, nil, false},
		{"with another body", func(_ http.Header, b *[]byte) { *b = []byte(`{"type":"order.Paid"}`) }, []Key{key}, false},
		{"with another id", func(h http.Header, _ *[]byte) { h.Set(headerID, "dlv_2") }, []Key{key}, false},
		{"without an id", func(h http.Header, _ *[]byte) { h.Del(headerID) }, []Key{key}, false},
		{"with another time", func(h http.Header, _ *[]byte) { h.Set(headerTimestamp, fmt.Sprint(noon.Unix()+1)) }, []Key{key}, false},
		{"with a time that is none", func(h http.Header, _ *[]byte) { h.Set(headerTimestamp, "noon") }, []Key{key}, false},
		{"without a signature", func(h http.Header, _ *[]byte) { h.Del(headerSignature) }, []Key{key}, false},
		{"with a signature of another version beside it", func(h http.Header, _ *[]byte) {
			h.Set(headerSignature, "v1a,AAAA "+h.Get(headerSignature))
		}, []Key{key}, true},
		{"with headers in lower case, as another server gives them", func(h http.Header, _ *[]byte) {
			for name, values := range h {
				delete(h, name)
				h[strings.ToLower(name)] = values
			}
		}, []Key{key}, true},
		{"with two lines of signatures", func(h http.Header, _ *[]byte) {
			h[headerSignature] = []string{"v1,AAAA", h.Get(headerSignature)}
		}, []Key{key}, true},
		{"with two lines of signatures that a proxy joined", func(h http.Header, _ *[]byte) {
			h.Set(headerSignature, h.Get(headerSignature)+", v1,AAAA")
		}, []Key{key}, true},
		{"with two ids", func(h http.Header, _ *[]byte) { h.Add(headerID, "dlv_1") }, []Key{key}, false},
		{"with only a signature of another version", func(h http.Header, _ *[]byte) {
			h.Set(headerSignature, strings.Replace(h.Get(headerSignature), "v1,", "v2,", 1))
		}, []Key{key}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h, b := Headers("dlv_1", noon, body, key), body
			test.edit(h, &b)
			id, err := Verify(h, b, noon.Add(time.Minute), test.keys...)
			if ok := err == nil && id == "dlv_1"; ok != test.ok {
				t.Errorf("got %q, %v; want verified %v", id, err, test.ok)
			}
			if err != nil && !errors.Is(err, fault.Unauthenticated) {
				t.Errorf("got %v, want Unauthenticated", err)
			}
		})
	}
}

// A receiver that ignored the fault of ParseKey has the zero Key, with which everybody
// can sign.
func TestAnEmptyKeyVerifiesNothing(t *testing.T) {
	body := []byte(`{"type":"order.paid"}`)
	h := Headers("dlv_1", noon, body, Key{})
	for name, keys := range map[string][]Key{
		"alone": {{}}, "before a good one": {{}, testKey(t, oldSecret)}, "behind a good one": {testKey(t, oldSecret), {}},
	} {
		if _, err := Verify(h, body, noon, keys...); !errors.Is(err, fault.Unauthenticated) || !strings.Contains(err.Error(), "empty key") {
			t.Errorf("%s: got %v, want it refused as an empty key", name, err)
		}
	}
}

func TestVerifyNamesWhatIsMissing(t *testing.T) {
	key := testKey(t, oldSecret)
	for want, edit := range map[string]func(h http.Header){
		"lacks webhook-id.":                         func(h http.Header) { h.Del(headerID) },
		"lacks webhook-timestamp.":                  func(h http.Header) { h.Set(headerTimestamp, " ") },
		"lacks webhook-id and webhook-signature.":   func(h http.Header) { h.Del(headerID); h.Del(headerSignature) },
		"webhook-timestamp of the webhook is no nu": func(h http.Header) { h.Set(headerTimestamp, "noon") },
		"more than five minutes off":                func(h http.Header) { h.Set(headerTimestamp, "1") },
	} {
		h := Headers("dlv_1", noon, nil, key)
		edit(h)
		if _, err := Verify(h, nil, noon, key); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
	if _, err := Verify(Headers("dlv_1", noon, nil, key), nil, noon); err == nil || !strings.Contains(err.Error(), "has no key") {
		t.Errorf("without a key: got %v", err)
	}
}

func TestVerifyRefusesOldWebhooks(t *testing.T) {
	key := testKey(t, oldSecret)
	h := Headers("dlv_1", noon, nil, key)
	for _, off := range []time.Duration{-6 * time.Minute, 6 * time.Minute} {
		if _, err := Verify(h, nil, noon.Add(off), key); err == nil {
			t.Errorf("a webhook that is %v off was taken", off)
		}
	}
}

func TestTwoSecretsMakeTwoSignatures(t *testing.T) {
	older, newer := testKey(t, oldSecret), testKey(t, newSecret)
	h := Headers("dlv_1", noon, []byte("x"), newer, older)
	for _, k := range []Key{older, newer} {
		if _, err := Verify(h, []byte("x"), noon, k); err != nil {
			t.Error(err)
		}
	}
}

func TestSecretsAreCheckedAndNeverPrinted(t *testing.T) {
	for _, bad := range []string{
		"", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_not base64",
		oldSecret + "\n", " " + oldSecret, strings.ToUpper(oldSecret[:6]) + oldSecret[6:], oldSecret[:20] + "\n" + oldSecret[20:],
		"whsec_" + strings.Repeat("A", 31),        // no padding
		"whsec_" + strings.Repeat("A", 34) + "B=", // bits that stand for nothing
		"whsec_" + strings.Repeat("AAAA", 22),     // 66 bytes
	} {
		if _, err := ParseKey(signing.NewSecret(bad)); !errors.Is(err, fault.Invalid) {
			t.Errorf("%q: got %v, want Invalid", bad, err)
		} else if bad != "" && strings.Contains(err.Error(), strings.TrimPrefix(bad, "whsec_")) && bad != "whsec_" {
			t.Errorf("the fault prints the secret: %v", err)
		}
	}
	key := testKey(t, oldSecret)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, key); got != "[redacted]" {
			t.Errorf("%s prints %s", format, got)
		}
	}
	testKey(t, string(GenerateSecret().Reveal()))
}

func FuzzVerify(f *testing.F) {
	key := testKey(f, oldSecret)
	good := Headers("dlv_1", noon, []byte("body"), key)
	f.Add(good.Get(headerID), good.Get(headerTimestamp), good.Get(headerSignature), []byte("body"))
	f.Add("", "", "v1,", []byte(nil))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		h := http.Header{headerID: {id}, headerTimestamp: {timestamp}, headerSignature: {signature}}
		if got, err := Verify(h, body, noon, key); err == nil && (got != id || string(body) != "body") {
			t.Errorf("an unsigned webhook was accepted: %q %q", id, body)
		}
	})
}
