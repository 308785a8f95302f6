package signing

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const maxKeyTextSize = 32 << 10

var errNotRSA = errors.New("not an RSA key")

// ParseRSAPrivateKey reads a private key in any form in which they are handed around:
// PEM (PKCS#1 or PKCS#8, in lines, on one line, or with \n spelled out), DER, or the
// Base64 of DER with or without line breaks. Certificates beside the key are skipped.
//
// Faults: Invalid for anything else, among it encrypted keys, public keys and keys
// not between 2048 and 8192 bits. The error never contains what was read.
func ParseRSAPrivateKey(data []byte) (*rsa.PrivateKey, error) {
	const op = "signing.ParseRSAPrivateKey"
	blocks, err := keyBlocks(data)
	if err != nil {
		return nil, invalid(op, "The RSA private key cannot be read.", err)
	}
	var parseErr error
	for _, block := range blocks {
		key, err := block.private()
		if err != nil {
			parseErr = firstError(parseErr, err)
			continue
		}
		if flaw := rsaFlaw(&key.PublicKey); flaw != "" {
			return nil, invalid(op, "The RSA private key "+flaw+".", nil)
		}
		return key, nil
	}
	return nil, invalid(op, "The RSA private key cannot be read.", parseErr)
}

// ParseRSAPublicKey reads a public key in any form in which they are handed around:
// PEM (PKCS#1, SubjectPublicKeyInfo or a certificate, in lines, on one line, or with
// \n spelled out), DER, or the Base64 of DER with or without line breaks. Of a
// certificate only the key counts, neither its dates nor its issuer.
//
// Faults: Invalid for anything else, among it private keys and keys not between 2048
// and 8192 bits. The error never contains what was read.
func ParseRSAPublicKey(data []byte) (*rsa.PublicKey, error) {
	const op = "signing.ParseRSAPublicKey"
	blocks, err := keyBlocks(data)
	if err != nil {
		return nil, invalid(op, "The RSA public key cannot be read.", err)
	}
	var parseErr error
	for _, block := range blocks {
		key, err := block.public()
		if err != nil {
			parseErr = firstError(parseErr, err)
			continue
		}
		if flaw := rsaFlaw(key); flaw != "" {
			return nil, invalid(op, "The RSA public key "+flaw+".", nil)
		}
		return key, nil
	}
	return nil, invalid(op, "The RSA public key cannot be read.", parseErr)
}

// keyBlock is DER with the label of the PEM around it, if there was any.
type keyBlock struct {
	label string
	der   []byte
}

func (b keyBlock) private() (*rsa.PrivateKey, error) {
	switch b.label {
	case "RSA PRIVATE KEY":
		return x509.ParsePKCS1PrivateKey(b.der)
	case "PRIVATE KEY":
		return pkcs8(b.der)
	case "":
		key, err := pkcs8(b.der)
		if err == nil || errors.Is(err, errNotRSA) {
			return key, err
		}
		if key, pkcs1Err := x509.ParsePKCS1PrivateKey(b.der); pkcs1Err == nil {
			return key, nil
		}
		return nil, errors.New("neither PKCS#8 nor PKCS#1")
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("the key is encrypted; store it decrypted in a file only the server reads")
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, errors.New("a public key or certificate stands where the private key should be")
	}
	return nil, errors.New("PEM of an unexpected type")
}

func (b keyBlock) public() (*rsa.PublicKey, error) {
	switch b.label {
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(b.der)
	case "PUBLIC KEY":
		return spki(b.der)
	case "CERTIFICATE":
		return certificateKey(b.der)
	case "":
		return anyPublic(b.der)
	case "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		return nil, errPrivateAsPublic
	}
	return nil, errors.New("PEM of an unexpected type")
}

var errPrivateAsPublic = errors.New("a private key stands where the public key should be")

func anyPublic(der []byte) (*rsa.PublicKey, error) {
	for _, parse := range []func([]byte) (*rsa.PublicKey, error){spki, x509.ParsePKCS1PublicKey, certificateKey} {
		key, err := parse(der)
		if err == nil || errors.Is(err, errNotRSA) {
			return key, err
		}
	}
	if _, err := (keyBlock{der: der}).private(); err == nil {
		return nil, errPrivateAsPublic
	}
	return nil, errors.New("neither SubjectPublicKeyInfo nor PKCS#1 nor a certificate")
}

func pkcs8(der []byte) (*rsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errNotRSA
	}
	return key, nil
}

func spki(der []byte) (*rsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, err
	}
	return asRSA(parsed)
}

func certificateKey(der []byte) (*rsa.PublicKey, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return asRSA(certificate.PublicKey)
}

func asRSA(parsed any) (*rsa.PublicKey, error) {
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, errNotRSA
	}
	return key, nil
}

// keyBlocks takes off whatever DER was wrapped in. It returns at least one block.
func keyBlocks(data []byte) ([]keyBlock, error) {
	const derSequence = 0x30
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("it is empty")
	case len(data) > maxKeyTextSize:
		return nil, fmt.Errorf("it is larger than %d bytes", maxKeyTextSize)
	case data[0] == derSequence: // no Base64 of DER begins like this, and no PEM
		return []keyBlock{{der: data}}, nil
	}
	text := strings.Trim(strings.TrimSpace(string(data)), `"'`)
	text = strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(text)
	if strings.Contains(text, "-----BEGIN") {
		return pemBlocks(text)
	}
	der, err := decodeLoose(text)
	if err != nil {
		return nil, err
	}
	return []keyBlock{{der: der}}, nil
}

// pemBlocks is more patient than encoding/pem: keys that travelled through an
// environment variable have lost their line breaks.
func pemBlocks(text string) ([]keyBlock, error) {
	var blocks []keyBlock
	for {
		_, rest, found := strings.Cut(text, "-----BEGIN ")
		if !found {
			break
		}
		label, rest, found := strings.Cut(rest, "-----")
		if !found {
			return nil, errors.New("the PEM has no end to its first line")
		}
		body, rest, found := strings.Cut(rest, "-----END "+label+"-----")
		if !found {
			return nil, errors.New("the PEM has no matching END line")
		}
		if strings.Contains(body, ":") {
			return nil, errors.New("the PEM has headers; keys encrypted that way are not read")
		}
		der, err := decodeLoose(body)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, keyBlock{label: label, der: der})
		text = rest
	}
	if len(blocks) == 0 {
		return nil, errors.New("the PEM has no BEGIN line")
	}
	return blocks, nil
}

// decodeLoose decodes Base64 with blanks and line breaks in it, padded or not.
func decodeLoose(text string) ([]byte, error) {
	compact := strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	der, err := base64.RawStdEncoding.DecodeString(compact)
	if err != nil {
		return nil, errors.New("it is neither PEM nor DER nor Base64")
	}
	return der, nil
}

func firstError(first, next error) error {
	if first != nil {
		return first
	}
	return next
}
