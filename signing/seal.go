package signing

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/minitill/minitill/fault"
)

const (
	sealPrefix     = "v1."
	sealingKeySize = 32 // AES-256
)

// SealingKey is a key under which secrets are stored: AES-256-GCM, 32 bytes. Nonces are
// random, so one key seals at most 2³² texts.
type SealingKey struct {
	ID     string
	Secret Secret
}

// GenerateSealingKey returns a new random key with a random id.
func GenerateSealingKey() SealingKey {
	return SealingKey{ID: newKeyID(), Secret: secretOf(randomBytes(sealingKeySize))}
}

// Sealer encrypts secrets that are stored in a database, so that a copy of the database does
// not reveal them. It is safe for concurrent use.
type Sealer struct {
	newest string
	keys   map[string]cipher.AEAD
}

// NewSealer returns a Sealer with these keys. The first encrypts, and all decrypt. Sealed
// texts do not expire, so a key that has sealed must be kept.
//
// Faults: Invalid for no key, a secret that is not 32 bytes or is a placeholder, and ids
// that are empty, repeated or have other characters than letters, digits and - _.
func NewSealer(keys ...SealingKey) (*Sealer, error) {
	const op = "signing.NewSealer"
	if len(keys) == 0 {
		return nil, invalid(op, "There is no sealing key.", nil)
	}
	s := &Sealer{newest: keys[0].ID, keys: make(map[string]cipher.AEAD, len(keys))}
	for _, key := range keys {
		if flaw := sealingIDFlaw(key.ID); flaw != "" {
			return nil, invalid(op, "The id of a sealing key "+flaw+".", keyCause(key.ID))
		}
		if _, taken := s.keys[key.ID]; taken {
			return nil, invalid(op, "Two sealing keys have the same id.", keyCause(key.ID))
		}
		aead, err := key.aead()
		if err != nil {
			return nil, invalid(op, "A sealing key cannot be used.", errors.Join(err, keyCause(key.ID)))
		}
		s.keys[key.ID] = aead
	}
	return s, nil
}

// sealingIDFlaw returns why an id is refused, or an empty string. In a sealed text a dot ends
// the id.
func sealingIDFlaw(id string) string {
	if strings.Contains(id, ".") {
		return "has a dot"
	}
	return keyIDFlaw(id)
}

func (k SealingKey) aead() (cipher.AEAD, error) {
	if weak := weakness(k.Secret, sealingKeySize); weak != "" {
		return nil, errors.New("its secret " + weak)
	}
	if len(k.Secret.bytes()) != sealingKeySize {
		return nil, errors.New("its secret is not 32 bytes")
	}
	block, err := aes.NewCipher(k.Secret.bytes())
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// Seal encrypts plain into text that only a Sealer with the same key opens, and only with the
// same context, which names what the secret belongs to: a text that is copied to another row
// does not open there. The same secret yields another text each time.
//
//	v1.<key id>.<unpadded URL-safe Base64 of nonce and ciphertext>
func (s *Sealer) Seal(plain []byte, context string) string {
	sealed := s.keys[s.newest].Seal(nil, nil, plain, []byte(context))
	size := len(sealPrefix) + len(s.newest) + 1 + base64.RawURLEncoding.EncodedLen(len(sealed))
	text := append(make([]byte, 0, size), sealPrefix...)
	text = append(append(text, s.newest...), '.')
	return string(base64.RawURLEncoding.AppendEncode(text, sealed))
}

// Open returns what Seal encrypted into text for that context.
//
// Faults: Unauthenticated for text that was altered or sealed for another context;
// Internal, naming the key, when the Sealer does not have it.
func (s *Sealer) Open(text, context string) ([]byte, error) {
	const op = "signing.Sealer.Open"
	keyID, sealed, ok := parseSealed(text)
	if !ok {
		return nil, notOpened(op, errors.New("not the text of a seal"))
	}
	return s.open(op, keyID, sealed, context)
}

func (s *Sealer) open(op, keyID string, sealed []byte, context string) ([]byte, error) {
	aead, known := s.keys[keyID]
	if !known {
		return nil, &fault.Error{
			Kind: fault.Internal, Op: op,
			Detail: "The keyring lacks the key that sealed this.", Err: keyCause(keyID),
		}
	}
	plain, err := aead.Open(nil, nil, sealed, []byte(context))
	if err != nil {
		return nil, notOpened(op, err)
	}
	return plain, nil
}

// sealVersion begins what SealBytes returns. It is no character of a text.
const sealVersion = 1

// SealBytes is Seal for a place that takes any bytes:
//
//	1, the length of the key id, the key id, nonce and ciphertext
func (s *Sealer) SealBytes(plain []byte, context string) []byte {
	const overhead = 12 + 16 // of AES-GCM: nonce and tag
	sealed := make([]byte, 0, 2+len(s.newest)+overhead+len(plain))
	sealed = append(append(sealed, sealVersion, byte(len(s.newest))), s.newest...)
	return s.keys[s.newest].Seal(sealed, nil, plain, []byte(context))
}

// OpenBytes returns what SealBytes encrypted for that context.
//
// Faults: as of [Sealer.Open].
func (s *Sealer) OpenBytes(sealed []byte, context string) ([]byte, error) {
	const op = "signing.Sealer.OpenBytes"
	if len(sealed) < 2 || sealed[0] != sealVersion || len(sealed) < 2+int(sealed[1]) {
		return nil, notOpened(op, errors.New("not the bytes of a seal"))
	}
	end := 2 + int(sealed[1])
	return s.open(op, string(sealed[2:end]), sealed[end:], context)
}

// parseSealed splits text into its parts. It refuses line breaks, which Go's Base64 skips and
// Seal does not write.
func parseSealed(text string) (keyID string, sealed []byte, ok bool) {
	rest, versioned := strings.CutPrefix(text, sealPrefix)
	keyID, encoded, found := strings.Cut(rest, ".")
	if !versioned || !found || strings.ContainsAny(rest, "\r\n") || sealingIDFlaw(keyID) != "" {
		return "", nil, false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	return keyID, sealed, err == nil
}

func notOpened(op string, cause error) error {
	return &fault.Error{
		Kind: fault.Unauthenticated, Op: op,
		Detail: "What was sealed was altered, or belongs to something else.", Err: cause,
	}
}

// Sealer returns a Sealer with the keyring's sealing keys.
//
// Faults: Invalid for a keyring without a sealing key, as the first release wrote them.
func (k Keyring) Sealer() (*Sealer, error) {
	if len(k.SealingKeys) == 0 {
		return nil, invalid("signing.Keyring.Sealer",
			"The keyring has no sealing key; write it anew with one, and give every node the same.", nil)
	}
	return NewSealer(k.SealingKeys...)
}

// WithSealing returns the keyring with a sealing key. Where it has one already, it
// returns the keyring as it is, and false.
func (k Keyring) WithSealing() (Keyring, bool) {
	if len(k.SealingKeys) > 0 {
		return k, false
	}
	k.SealingKeys = []SealingKey{GenerateSealingKey()}
	return k, true
}

// sealingKeys is nil when the document has no such list. An empty list is a mistake.
func (d keyringDocument) sealingKeys() ([]SealingKey, error) {
	if d.Sealing == nil {
		return nil, nil
	}
	items, err := firstInUse("sealing", d.Sealing, keySeals, keyOnlyOpens)
	if err != nil {
		return nil, err
	}
	keys := make([]SealingKey, len(items))
	for i, item := range items {
		token, err := item.tokenKey()
		if err != nil {
			return nil, fmt.Errorf("sealing key %q: %w", item.ID, err)
		}
		keys[i] = SealingKey(token)
	}
	return keys, nil
}
