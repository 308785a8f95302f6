package signing

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
)

// jwk is one public key in the form of RFC 8037.
type jwk struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

// JWKS returns the JSON Web Key Set with which anyone verifies receipts: the public half of
// every receipt key, that of the signing key first. The slice is a copy.
func (t *Tokens) JWKS() []byte { return bytes.Clone(t.jwks) }

func encodeJWKS(keys []ReceiptKey, publics map[string]ed25519.PublicKey) []byte {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: make([]jwk, len(keys))}
	for i, key := range keys {
		set.Keys[i] = jwk{
			KeyType: "OKP", Curve: "Ed25519", Use: "sig", Algorithm: "EdDSA", KeyID: key.ID,
			X: base64.RawURLEncoding.EncodeToString(publics[key.ID]),
		}
	}
	encoded, _ := json.Marshal(set) // plain texts only
	return encoded
}
