package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// The headers of a webhook, in Go's canonical spelling.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

const (
	secretPrefix = "whsec_"
	leastSecret  = 24 // bytes, as the scheme requires
	mostSecret   = 64
	// Tolerance is how far a webhook's timestamp may be off.
	Tolerance = 5 * time.Minute
)

// Key is one shared secret of an endpoint.
type Key struct{ bytes []byte }

// ParseKey reads a secret in the form in which it is handed out: "whsec_" and base64
// of 24 to 64 bytes, with nothing around it.
//
// Faults: Invalid, without a byte of the secret.
func ParseKey(secret signing.Secret) (Key, error) {
	const op = "webhook.ParseKey"
	if secret.IsZero() {
		return Key{}, fault.New(fault.Invalid, op, "The webhook secret is empty.")
	}
	text, found := strings.CutPrefix(string(secret.Reveal()), secretPrefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	// Encoding again compares the spelling: the decoder skips line breaks and spare bits.
	if !found || err != nil || base64.StdEncoding.EncodeToString(raw) != text || len(raw) < leastSecret || len(raw) > mostSecret {
		return Key{}, fault.New(fault.Invalid, op, "A webhook secret is whsec_ and base64 of 24 to 64 bytes.")
	}
	return Key{raw}, nil
}

// GenerateSecret makes a secret that ParseKey reads.
func GenerateSecret() signing.Secret {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return signing.NewSecret(secretPrefix + base64.StdEncoding.EncodeToString(raw))
}

// String keeps a key out of logs.
func (k Key) String() string { return "[redacted]" }

// GoString keeps a key out of logs.
func (k Key) GoString() string { return "[redacted]" }

// sign returns one signature as it stands in the header: "v1,…".
func (k Key) sign(id, timestamp string, body []byte) string {
	return "v1," + base64.StdEncoding.EncodeToString(k.mac(id, timestamp, body))
}

func (k Key) mac(id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, k.bytes)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	return h.Sum(nil)
}

// Headers returns the headers that prove body: one signature for each key, the newest
// first, so that a receiver may know only one of two while secrets are rotated.
func Headers(id string, at time.Time, body []byte, keys ...Key) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(keys))
	for i, k := range keys {
		signatures[i] = k.sign(id, timestamp, body)
	}
	return http.Header{
		headerID: {id}, headerTimestamp: {timestamp},
		headerSignature: {strings.Join(signatures, " ")},
	}
}

// Verify proves that a webhook came from the till: body is the bytes as received,
// before any parsing. It takes headers in any case. Pass two keys during a rotation of
// secrets, and keep the returned id to recognise a repeat.
//
// Faults: Unauthenticated for anything missing, malformed, stale or wrong, which the
// detail names; also without a key and for one that [ParseKey] did not make.
func Verify(h http.Header, body []byte, now time.Time, keys ...Key) (id string, err error) {
	if err := usable(keys); err != nil {
		return "", err
	}
	id, timestamp, signatures, err := readHeaders(h)
	if err != nil {
		return "", err
	}
	if err := checkTimestamp(timestamp, now); err != nil {
		return "", err
	}
	for _, part := range strings.Fields(signatures) {
		version, encoded, _ := strings.Cut(part, ",")
		encoded, _, _ = strings.Cut(encoded, ",") // a comma stands behind it where a proxy joined two lines
		signature, err := base64.StdEncoding.DecodeString(encoded)
		if version != "v1" || err != nil {
			continue // other versions may stand beside ours
		}
		for _, k := range keys {
			if hmac.Equal(signature, k.mac(id, timestamp, body)) {
				return id, nil
			}
		}
	}
	return "", forged("No signature of the webhook is right.")
}

func forged(detail string) error { return fault.New(fault.Unauthenticated, "webhook.Verify", detail) }

// usable refuses the zero Key, with which anyone can sign.
func usable(keys []Key) error {
	if len(keys) == 0 {
		return forged("The receiver has no key.")
	}
	for _, k := range keys {
		if len(k.bytes) < leastSecret {
			return forged("The receiver has an empty key: ParseKey reads the endpoint's secret.")
		}
	}
	return nil
}

func readHeaders(h http.Header) (id, timestamp, signatures string, err error) {
	id, timestamp, signatures = headerOf(h, headerID), headerOf(h, headerTimestamp), headerOf(h, headerSignature)
	var missing []string
	for _, header := range [][2]string{{headerID, id}, {headerTimestamp, timestamp}, {headerSignature, signatures}} {
		if header[1] == "" {
			missing = append(missing, strings.ToLower(header[0]))
		}
	}
	if missing != nil {
		return "", "", "", forged("The webhook lacks " + strings.Join(missing, " and ") + ".")
	}
	return id, timestamp, signatures, nil
}

// headerOf returns the header's values, joined, whatever the case of its name: an
// adapter of another server may have filled h past Set.
func headerOf(h http.Header, name string) string {
	var values []string
	for given, list := range h {
		if strings.EqualFold(given, name) {
			values = append(values, list...)
		}
	}
	return strings.TrimSpace(strings.Join(values, " "))
}

func checkTimestamp(timestamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return forged("The webhook-timestamp of the webhook is no number of seconds.")
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > Tolerance {
		return forged("The webhook-timestamp of the webhook is more than five minutes off.")
	}
	return nil
}
