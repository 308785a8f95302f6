package ottpay

import (
	"bytes"
	"crypto/aes"
	"crypto/md5"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/minitill/minitill/signing"
)

// errUnsealed is the one error for whatever cannot be decrypted: a wrong key, altered or
// reordered blocks, bad padding, bad Base64, a digest that differs. The sender cannot learn
// where it failed.
var errUnsealed = errors.New("the message cannot be decrypted with our key, or was altered")

// seal encrypts and digests messages with the account's sign key.
//
// The digest covers the values without separators and has no key of its own. It protects a
// message only because the cipher's key is derived from it, and because it is computed again
// over what was decrypted: ECB lets blocks be dropped, repeated and moved.
type seal struct{ signKey signing.Secret }

// sealed is data and digest as an envelope has them.
type sealed struct{ data, md5 string }

// close encrypts a request.
func (s seal) close(f fields) sealed {
	digest := digestOf(f.concatenated())
	plain := f.json()
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block := s.cipher(digest)
	for at := 0; at < len(plain); at += aes.BlockSize {
		block.Encrypt(plain[at:], plain[at:])
	}
	return sealed{data: base64.StdEncoding.EncodeToString(plain), md5: digest}
}

// open decrypts a message and verifies it. The style says by which of the provider's rules the
// digest was computed.
func (s seal) open(in sealed) (object, style, error) {
	if len(in.md5) != 2*md5.Size {
		return nil, style{}, errUnsealed
	}
	plain, ok := s.decrypt(in)
	if !ok {
		return nil, style{}, errUnsealed
	}
	members, err := parseObject(plain)
	if err != nil {
		return nil, style{}, errUnsealed
	}
	want := strings.ToUpper(in.md5)
	for _, style := range styles {
		text, ok := members.concatenated(style)
		if ok && subtle.ConstantTimeCompare([]byte(digestOf(text)), []byte(want)) == 1 {
			return members, style, nil
		}
	}
	return nil, style{}, errUnsealed
}

// decrypt returns the plaintext without its padding. The provider's encoder breaks Base64 by
// spaces; a plus sign in their place is another text and is refused.
func (s seal) decrypt(in sealed) ([]byte, bool) {
	compact := strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, in.data)
	text, err := base64.StdEncoding.Strict().DecodeString(compact)
	if err != nil || len(text) == 0 || len(text)%aes.BlockSize != 0 {
		return nil, false
	}
	block := s.cipher(in.md5)
	for at := 0; at < len(text); at += aes.BlockSize {
		block.Decrypt(text[at:], text[at:])
	}
	return unpadded(text)
}

// unpadded removes PKCS#5 padding.
func unpadded(text []byte) ([]byte, bool) {
	pad := int(text[len(text)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, false
	}
	body, tail := text[:len(text)-pad], text[len(text)-pad:]
	return body, bytes.Equal(tail, bytes.Repeat([]byte{byte(pad)}, pad))
}

// blockCipher is AES for one block at a time, which is all that ECB is.
type blockCipher interface {
	Encrypt(dst, src []byte)
	Decrypt(dst, src []byte)
}

// cipher returns the cipher whose key is derived from a digest as its envelope has it: the
// middle 16 hexadecimal digits of another MD5.
func (s seal) cipher(digest string) blockCipher {
	block, err := aes.NewCipher(s.key(digest))
	if err != nil {
		panic(err) // 16 bytes are a key
	}
	return block
}

func (s seal) key(digest string) []byte {
	return []byte(digestOf(digest + string(s.signKey.Reveal())))[8:24]
}

// digestOf is the MD5 of text in upper-case hexadecimal digits.
func digestOf(text string) string {
	sum := md5.Sum([]byte(text))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// byUTF16 compares keys in the order of the provider's TreeMap.
func byUTF16(a, b string) int {
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}
