package signing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/minitill/minitill/fault"
)

const (
	// claimsInfo separates the key that seals claims from the token key it is derived from.
	claimsInfo = "minitill sealed claims"
	// claimsBlock is the length to which claims are padded before they are encrypted, so that
	// the ciphertext's length reveals nothing about most wallets and payers.
	claimsBlock = 32
)

// claimsSealer encrypts claims with AES-256-GCM under a key derived from a token key. Tokens
// are shared in links and stored by browsers and proxies; their signature does not hide the
// personal data in them.
type claimsSealer struct{ aead cipher.AEAD }

// newClaimsSealers returns the sealer of each token key, by the key's id.
func newClaimsSealers(secrets map[string][]byte) (map[string]claimsSealer, error) {
	sealers := make(map[string]claimsSealer, len(secrets))
	for id, secret := range secrets {
		key, err := hkdf.Key(sha256.New, secret, nil, claimsInfo, sealingKeySize)
		if err != nil {
			return nil, err
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		sealers[id] = claimsSealer{aead}
	}
	return sealers, nil
}

// seal returns wallet and payer as one claim. Neither has a NUL, which separates them.
//
//	unpadded URL-safe Base64 of nonce and ciphertext of wallet NUL payer NUL…
func (s claimsSealer) seal(wallet, payer string) string {
	length := len(wallet) + 1 + len(payer)
	length += claimsBlock - length%claimsBlock
	sealedLength := length + s.aead.Overhead()
	buffer := make([]byte, length, length+sealedLength+base64.RawURLEncoding.EncodedLen(sealedLength))
	copy(buffer, wallet)
	copy(buffer[len(wallet)+1:], payer)
	end := length + sealedLength
	sealed := s.aead.Seal(buffer[length:length:end], nil, buffer, nil)
	return string(base64.RawURLEncoding.AppendEncode(buffer[end:end], sealed))
}

// open decrypts what seal returned. Base64 in Go skips line breaks, which seal does not
// write: sealed claims have one spelling.
func (s claimsSealer) open(text string) (wallet, payer string, err error) {
	if s.aead == nil {
		return "", "", errUnknownKey
	}
	if strings.ContainsAny(text, "\r\n") {
		return "", "", errors.New("the sealed claims have line breaks")
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return "", "", err
	}
	plain, err := s.aead.Open(sealed[:0], nil, sealed, nil)
	if err != nil {
		return "", "", err
	}
	wallet, rest, found := strings.Cut(string(plain), "\x00")
	if !found {
		return "", "", errors.New("the sealed claims are not separated")
	}
	payer, _, _ = strings.Cut(rest, "\x00")
	return wallet, payer, nil
}

// sealable refuses claims that would not be decrypted to the same values: two payers whose
// names differ only in invalid bytes or after a NUL must not be read as one.
func sealable(op string, claims ...string) error {
	for _, claim := range claims {
		if strings.Contains(claim, "\x00") {
			return fault.Wrap(fault.Internal, op, errors.New("a sealed claim has a NUL"))
		}
	}
	return printable(op, claims...)
}
