package operator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The parameters of RFC 6238 that every authenticator app has as its defaults.
const (
	totpPeriod  = 30 // seconds
	totpDigits  = 6
	totpModulus = 1_000_000
	totpSecret  = 20 // bytes
	totpSkew    = 1  // steps that a clock may be off
)

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// newSecret returns a secret for an authenticator app.
func newSecret() []byte {
	secret := make([]byte, totpSecret)
	_, _ = rand.Read(secret) // never fails
	return secret
}

// totp returns the code of a step.
func totp(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // a hash never fails
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 15
	value := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, value%totpModulus)
}

// stepOf returns the step whose code was given, when it is near now and after the last one
// that was used: a code is accepted once (RFC 6238 §5.2).
func stepOf(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	current := now.Unix() / totpPeriod
	for s := current - totpSkew; s <= current+totpSkew; s++ {
		if subtle.ConstantTimeCompare([]byte(totp(secret, s)), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// keyURI returns the text of the QR code that an authenticator app reads.
func keyURI(issuer, name string, secret []byte) string {
	values := url.Values{"secret": {base32Text.EncodeToString(secret)}, "issuer": {issuer}}
	label := url.PathEscape(issuer + ":" + name)
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(values.Encode(), "+", "%20")
}
