package miniprogram

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// The headers of every signed message. Requests and notifications carry Request-Time,
// answers and acknowledgements Response-Time.
const (
	headerClient       = "Client-Id"
	headerRequestTime  = "Request-Time"
	headerResponseTime = "Response-Time"
	headerSignature    = "Signature"
)

var (
	errUnsigned  = errors.New("there is no Signature header")
	errSignature = errors.New("the Signature header is repeated or malformed")
	errAlgorithm = errors.New("the signature's algorithm is not RSA256")
	errHeaders   = errors.New("the client's id or the time is missing, repeated or malformed")
)

// longestHeader bounds a Signature header; one of a key of 8192 bits, with every byte escaped,
// has half of it.
const longestHeader = 8 << 10

// mark is a parsed Signature header.
type mark struct {
	version   string // of the key; empty: the newest
	signature []byte
}

// parseMark parses "algorithm=RSA256, keyVersion=1, signature=…". Members may come in any order
// and none twice, and an unknown member is refused, since its meaning is not known.
func parseMark(s string) (mark, error) {
	if len(s) > longestHeader {
		return mark{}, errSignature
	}
	seen := map[string]string{}
	for part := range strings.SplitSeq(s, ",") {
		name, value, found := strings.Cut(strings.Trim(part, " \t"), "=")
		if _, twice := seen[name]; !found || twice || value == "" {
			return mark{}, errSignature
		}
		seen[name] = value
	}
	for name := range seen {
		if name != "algorithm" && name != "keyVersion" && name != "signature" {
			return mark{}, errSignature
		}
	}
	if !rsa256(seen["algorithm"]) {
		return mark{}, errAlgorithm
	}
	version := seen["keyVersion"]
	signature, err := decodeSignature(seen["signature"])
	if err != nil || strings.Trim(version, "0123456789") != "" {
		return mark{}, errSignature
	}
	return mark{version: version, signature: signature}, nil
}

// rsa256 accepts both names of the one algorithm, and none at all.
func rsa256(label string) bool {
	return label == "" || strings.EqualFold(label, "RSA256") || strings.EqualFold(label, "SHA256withRSA")
}

// strict refuses spare bits in the last digit, which could be flipped undetected.
var strict = base64.RawStdEncoding.Strict()

// decodeSignature reads all three encodings: percent escapes first, in which a plus
// stays a plus; then either alphabet of base64, padded or not.
func decodeSignature(s string) ([]byte, error) {
	if strings.Contains(s, "%") {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, errSignature
		}
		s = plain
	}
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	if s == "" || strings.ContainsAny(s, "\r\n") { // which the decoder would skip
		return nil, errSignature
	}
	return strict.DecodeString(s)
}

// encodeSignature writes a signature.
func encodeSignature(signature []byte, encoding Encoding) string {
	switch encoding {
	case Base64:
		return base64.StdEncoding.EncodeToString(signature)
	case Base64URL:
		return base64.RawURLEncoding.EncodeToString(signature)
	default:
		return url.QueryEscape(base64.StdEncoding.EncodeToString(signature))
	}
}

// formatMark writes the Signature header.
func (p *Profile) formatMark(version string, signature []byte) string {
	return "algorithm=" + p.Algorithm + p.Separator + "keyVersion=" + version + p.Separator +
		"signature=" + encodeSignature(signature, p.Encoding)
}
