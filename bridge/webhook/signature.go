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
	leastSecret  = 24 // bytes, as the scheme asks for
	mostSecret   = 64
	// Tolerance is how far a webhook's timestamp may be off.
	Tolerance = 5 * time.Minute
)

// Key is one shared secret of an endpoint.
type Key struct{ bytes []byte }

// ParseKey reads a secret in the form in which it is handed out: "whsec_" and base64
// of 24 to 64 bytes.
//
// Faults: Invalid, without a byte of the secret.
func ParseKey(secret signing.Secret) (Key, error) {
	text, found := strings.CutPrefix(string(secret.Reveal()), secretPrefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil || len(raw) < leastSecret || len(raw) > mostSecret {
		return Key{}, fault.New(fault.Invalid, "webhook.ParseKey", "A webhook secret is whsec_ and base64 of 24 to 64 bytes.")
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
// before any parsing. Keep the returned id to see a repeat.
//
// Faults: Unauthenticated for anything missing, malformed, stale or wrong.
func Verify(h http.Header, body []byte, now time.Time, keys ...Key) (id string, err error) {
	const op = "webhook.Verify"
	id, timestamp := h.Get(headerID), h.Get(headerTimestamp)
	seconds, parseErr := strconv.ParseInt(timestamp, 10, 64)
	if id == "" || parseErr != nil {
		return "", fault.New(fault.Unauthenticated, op, "The webhook's headers are missing or malformed.")
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > Tolerance {
		return "", fault.New(fault.Unauthenticated, op, "The webhook's timestamp is too far off.")
	}
	for _, part := range strings.Fields(h.Get(headerSignature)) {
		version, encoded, _ := strings.Cut(part, ",")
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
	return "", fault.New(fault.Unauthenticated, op, "No signature of the webhook is right.")
}
