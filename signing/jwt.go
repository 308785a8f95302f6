package signing

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/minitill/minitill/fault"
)

// isTokenRune reports whether r can be part of a token: URL-safe Base64 and the dot.
func isTokenRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
		r == '-' || r == '_' || r == '.'
}

// tokenHeader returns the first segment of a token and the dot after it.
func tokenHeader(alg, keyID string) string {
	header := `{"alg":"` + alg + `","kid":"` + keyID + `","typ":"JWT"}`
	return base64.RawURLEncoding.EncodeToString([]byte(header)) + "."
}

// tokenUse is one audience with everything that is pinned to it.
type tokenUse struct {
	audience string
	article  string // both in what is shown: "a session token"
	noun     string
	parser   *jwt.Parser
	key      jwt.Keyfunc
}

func (t *Tokens) newUse(audience, article, noun string, method jwt.SigningMethod, key jwt.Keyfunc) tokenUse {
	options := []jwt.ParserOption{
		jwt.WithValidMethods([]string{method.Alg()}),
		jwt.WithAudience(audience),
		jwt.WithIssuer(t.issuer),
		jwt.WithLeeway(tokenLeeway),
		jwt.WithTimeFunc(t.now),
		jwt.WithStrictDecoding(),
	}
	if audience != audienceReceipt {
		options = append(options, jwt.WithExpirationRequired())
	}
	return tokenUse{audience: audience, article: article, noun: noun, parser: jwt.NewParser(options...), key: key}
}

// keyByID returns the key that a token names, and no other.
func keyByID[K any](keys map[string]K) jwt.Keyfunc {
	return func(token *jwt.Token) (any, error) {
		if _, critical := token.Header["crit"]; critical {
			return nil, errors.New("the header has a crit member")
		}
		id, _ := token.Header["kid"].(string)
		key, known := keys[id]
		if !known {
			return nil, errUnknownKey
		}
		return key, nil
	}
}

// parse verifies that token is of this use and decodes it into claims. It returns the id of
// the key that signed it.
func (u tokenUse) parse(op, token string, claims jwt.Claims) (keyID string, err error) {
	switch {
	case token == "":
		return "", u.refuse(op, "There is no "+u.noun+".", nil)
	case len(token) > MaxTokenSize:
		return "", u.refuse(op, "The "+u.noun+" is too long.", nil)
	case strings.IndexFunc(token, func(r rune) bool { return !isTokenRune(r) }) >= 0:
		// Go's Base64 skips line breaks; one token must not have two spellings.
		return "", u.notValid(op, errors.New("foreign characters"))
	}
	parsed, err := u.parser.ParseWithClaims(token, claims, u.key)
	switch {
	case err == nil:
		keyID, _ = parsed.Header["kid"].(string)
		return keyID, nil
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return "", u.refuse(op, "The token is not "+u.article+" "+u.noun+".", err)
	case errors.Is(err, jwt.ErrTokenExpired):
		return "", u.refuse(op, "The "+u.noun+" has expired.", err)
	}
	return "", u.notValid(op, err)
}

func (u tokenUse) notValid(op string, cause error) error {
	return u.refuse(op, "The "+u.noun+" is not valid.", cause)
}

func (u tokenUse) refuse(op, detail string, cause error) error {
	return &fault.Error{Kind: fault.Unauthenticated, Op: op, Detail: detail, Err: cause}
}

// seal appends the encoded claims to header, and the signature that sign computes.
func seal(op, header string, claims any, sign func(dst, message []byte) []byte) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fault.Wrap(fault.Internal, op, err)
	}
	encoding := base64.RawURLEncoding
	size := len(header) + encoding.EncodedLen(len(payload)) + 1 + encoding.EncodedLen(ed25519.SignatureSize)
	token := append(make([]byte, 0, size), header...)
	token = encoding.AppendEncode(token, payload)
	var signature [ed25519.SignatureSize]byte
	signed := sign(signature[:0], token)
	token = append(token, '.')
	token = encoding.AppendEncode(token, signed)
	if len(token) > MaxTokenSize {
		return "", fault.Wrap(fault.Internal, op, fmt.Errorf("a token of %d bytes would not be read", len(token)))
	}
	return string(token), nil
}
