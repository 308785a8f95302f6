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

// maxWrappings is how many encodings are removed: the Base64 of PEM is common, where a secret
// store encoded what was encoded already.
const maxWrappings = 3

var (
	errNotRSA          = errors.New("it is not an RSA key")
	errPrivateAsPublic = errors.New("a private key stands where the public key should be")
	errPublicAsPrivate = errors.New("a public key or certificate stands where the private key should be")
)

// ParseRSAPrivateKey reads a private key in the forms that are in use: PEM (PKCS#1 or PKCS#8,
// in lines, on one line, or with a literal \n for line breaks), DER, or the Base64 of either
// with or without line breaks, after a byte order mark or not. Certificates beside the key are
// skipped, and the label of the PEM does not matter.
//
// Faults: Invalid for anything else, including encrypted keys, public keys and keys that do
// not have 2048 to 8192 bits. The Detail says why, and does not quote data.
func ParseRSAPrivateKey(data []byte) (*rsa.PrivateKey, error) {
	const op = "signing.ParseRSAPrivateKey"
	blocks, err := keyBlocks(data)
	if err != nil {
		return nil, unreadable(op, "private", err)
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
	return nil, unreadable(op, "private", parseErr)
}

// ParseRSAPublicKey reads a public key in the forms that are in use: PEM (PKCS#1,
// SubjectPublicKeyInfo or a certificate, in lines, on one line, or with a literal \n for line
// breaks), DER, or the Base64 of either with or without line breaks, after a byte order mark or
// not. Of a certificate only the key is used; its dates and its issuer are not checked.
//
// Faults: Invalid for anything else, including private keys and keys that do not have 2048 to
// 8192 bits. The Detail says why, and does not quote data.
func ParseRSAPublicKey(data []byte) (*rsa.PublicKey, error) {
	const op = "signing.ParseRSAPublicKey"
	blocks, err := keyBlocks(data)
	if err != nil {
		return nil, unreadable(op, "public", err)
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
	return nil, unreadable(op, "public", parseErr)
}

// unreadable is the fault of a key that cannot be read. The reasons are our own words, since
// those of a parser might quote the key.
func unreadable(op, kind string, reason error) error {
	return invalid(op, "The RSA "+kind+" key cannot be read: "+reason.Error()+".", nil)
}

// keyBlock is DER with the label of the PEM around it, if there was any.
type keyBlock struct {
	label string
	der   []byte
}

func (b keyBlock) private() (*rsa.PrivateKey, error) {
	switch b.label {
	case "", "PRIVATE KEY", "RSA PRIVATE KEY":
		key, err := anyPrivate(b.der)
		if err == nil || errors.Is(err, errNotRSA) {
			return key, err
		}
		if _, publicErr := anyPublic(b.der); publicErr == nil {
			return nil, errPublicAsPrivate
		}
		return nil, err
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("it is encrypted; store it decrypted in a file only the server reads")
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, errPublicAsPrivate
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("it is in the form of OpenSSH; ssh-keygen -p -m PKCS8 turns it into one that is read")
	}
	return nil, b.unexpected()
}

func (b keyBlock) public() (*rsa.PublicKey, error) {
	switch b.label {
	case "", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		key, err := anyPublic(b.der)
		if err == nil || errors.Is(err, errNotRSA) {
			return key, err
		}
		if _, privateErr := anyPrivate(b.der); privateErr == nil {
			return nil, errPrivateAsPublic
		}
		return nil, err
	case "PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY":
		return nil, errPrivateAsPublic
	}
	return nil, b.unexpected()
}

func (b keyBlock) unexpected() error {
	if strings.HasPrefix(b.label, "EC ") || strings.HasPrefix(b.label, "DSA ") {
		return errNotRSA
	}
	return errors.New("it is PEM of another thing than a key")
}

func anyPrivate(der []byte) (*rsa.PrivateKey, error) {
	key, err := pkcs8(der)
	if err == nil || errors.Is(err, errNotRSA) {
		return key, err
	}
	if key, err = x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errors.New("it is neither PKCS#8 nor PKCS#1, or a part of it is missing")
}

func anyPublic(der []byte) (*rsa.PublicKey, error) {
	for _, parse := range []func([]byte) (*rsa.PublicKey, error){spki, x509.ParsePKCS1PublicKey, certificateKey} {
		key, err := parse(der)
		if err == nil || errors.Is(err, errNotRSA) {
			return key, err
		}
	}
	return nil, errors.New("it is neither SubjectPublicKeyInfo nor PKCS#1 nor a certificate, or a part of it is missing")
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

// keyBlocks removes the encodings around DER. Without an error it returns at least one block.
func keyBlocks(data []byte) ([]keyBlock, error) { return unwrap(data, maxWrappings) }

func unwrap(data []byte, most int) ([]keyBlock, error) {
	data = withoutBOM(data)
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errors.New("it is empty")
	case len(data) > maxKeyTextSize:
		return nil, fmt.Errorf("it is larger than %d bytes", maxKeyTextSize)
	case isDER(data):
		return []keyBlock{{der: data}}, nil
	}
	text := strings.Trim(strings.TrimSpace(string(data)), `"'`)
	text = strings.NewReplacer(`\r`, "", `\n`, "\n").Replace(text)
	if strings.Contains(text, "-----BEGIN") {
		return pemBlocks(text, most)
	}
	der, err := decodeLoose(text)
	if err != nil {
		return nil, err
	}
	return unwrapped("", der, most), nil
}

// isDER reports whether data begins like DER, as no Base64 of DER and no PEM does.
func isDER(data []byte) bool { return len(data) > 0 && data[0] == 0x30 }

// unwrapped is the result of one decoding: DER, or a key that is encoded once more.
func unwrapped(label string, decoded []byte, most int) []keyBlock {
	if most > 1 && !isDER(decoded) {
		if inner, err := unwrap(decoded, most-1); err == nil {
			return inner
		}
	}
	return []keyBlock{{label, decoded}}
}

// pemBlocks accepts more than encoding/pem: keys from an environment variable have lost their
// line breaks.
func pemBlocks(text string, most int) ([]keyBlock, error) {
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
		blocks = append(blocks, unwrapped(label, der, most)...)
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
