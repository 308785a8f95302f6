package simulator

import (
	"bytes"
	"crypto/aes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// This file is the provider's side of the envelope, as its Java library encodes it.

// value is a member of a message: text, a number of cents, or none, which is left out.
type value struct {
	text   string
	digits string
}

func text(s string) value    { return value{text: s} }
func number(n int64) value   { return value{digits: strconv.FormatInt(n, 10)} }
func (v value) absent() bool { return v.text == "" && v.digits == "" }

// asText returns a number as text, which most of the provider's members are.
func (v value) asText() value {
	if v.digits != "" {
		return text(v.digits)
	}
	return v
}

// message is the members of data, in order.
type message []pair

type pair struct {
	name  string
	value value
}

func (m message) with(name string, v value) message {
	if v.absent() {
		return m
	}
	return append(m, pair{name, v})
}

// without leaves members out.
func (m message) without(names ...string) message {
	return slices.DeleteFunc(slices.Clone(m), func(p pair) bool { return slices.Contains(names, p.name) })
}

// json returns the message as Gson encodes it.
func (m message) json() string {
	var b strings.Builder
	for i, p := range m {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		b.WriteString(gson(p.name) + ":")
		if p.value.digits != "" {
			b.WriteString(p.value.digits)
			continue
		}
		b.WriteString(gson(p.value.text))
	}
	if len(m) == 0 {
		b.WriteString("{")
	}
	return b.String() + "}"
}

// gson quotes text with Gson's escapes for HTML.
func gson(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always encodes
	}
	return strings.NewReplacer("=", `\u003d`, "'", `\u0027`).Replace(string(quoted))
}

// digest returns the digest of the values in the order of their names; numbers are Java's
// doubles.
func (m message) digest() string {
	sorted := slices.SortedFunc(slices.Values(m), func(a, b pair) int { return strings.Compare(a.name, b.name) })
	var b strings.Builder
	for _, p := range sorted {
		if p.value.digits != "" {
			b.WriteString(double(p.value.digits))
			continue
		}
		b.WriteString(p.value.text)
	}
	return upperMD5(b.String())
}

// double returns an integer as Java prints the nearest double.
func double(digits string) string {
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return digits
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(s, "e")
	n, _ := strconv.Atoi(exponent)
	if n > -4 && n < 7 {
		s = strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	return fmt.Sprintf("%sE%d", mantissa, n)
}

func upperMD5(s string) string {
	sum := md5.Sum([]byte(s))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// seal encrypts a message, altered as a fault says.
func seal(m message, signKey string, rule Rule) (data, digest string) {
	return sealText([]byte(m.json()), m.digest(), signKey, rule)
}

func sealText(plain []byte, digest, signKey string, rule Rule) (string, string) {
	switch rule.Fault {
	case LowerMD5:
		digest = strings.ToLower(digest)
	case "forged_answer", "forge_notification":
		signKey += "0"
	}
	pad := 16 - len(plain)%16
	plain = append(plain, bytes.Repeat([]byte{byte(pad)}, pad)...)
	sealed := make([]byte, len(plain))
	block, err := aes.NewCipher([]byte(upperMD5(digest + signKey)[8:24]))
	if err != nil {
		panic(err) // 16 bytes are a key
	}
	for i := 0; i < len(plain); i += 16 {
		block.Encrypt(sealed[i:i+16], plain[i:i+16])
	}
	if rule.Fault == Spliced {
		sealed = spliced(sealed)
	}
	data := base64.StdEncoding.EncodeToString(sealed)
	if rule.Fault == PlainLayout {
		return data, digest
	}
	return layout(data, len(sealed)), digest
}

// spliced swaps two blocks, or removes one where there are only two.
func spliced(sealed []byte) []byte {
	if len(sealed) < 48 {
		return sealed[16:]
	}
	return slices.Concat(sealed[16:32], sealed[:16], sealed[32:])
}

// layout breaks Base64 after every 60 characters. Where whole groups end at a break, the
// encoder writes one at the end too.
func layout(data string, length int) string {
	var b strings.Builder
	for len(data) > 60 {
		b.WriteString(data[:60] + " ")
		data = data[60:]
	}
	b.WriteString(data)
	if len(data) == 60 && length%3 == 0 {
		b.WriteString(" ")
	}
	return b.String()
}

var errSeal = errors.New("data cannot be decrypted")

// unseal decrypts a merchant's message. Merchants send members that are text or numbers only.
func unseal(data, digest, signKey string) (map[string]string, error) {
	sealed, err := base64.StdEncoding.Strict().DecodeString(strings.ReplaceAll(data, " ", ""))
	if err != nil || len(sealed) == 0 || len(sealed)%16 != 0 {
		return nil, errSeal
	}
	block, err := aes.NewCipher([]byte(upperMD5(digest + signKey)[8:24]))
	if err != nil {
		return nil, errSeal
	}
	plain := make([]byte, len(sealed))
	for i := 0; i < len(sealed); i += 16 {
		block.Decrypt(plain[i:i+16], sealed[i:i+16])
	}
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > 16 || !bytes.HasSuffix(plain, bytes.Repeat([]byte{byte(pad)}, pad)) {
		return nil, errSeal
	}
	m, err := parse(plain[:len(plain)-pad])
	if err != nil || m.digest() != strings.ToUpper(digest) {
		return nil, errSeal
	}
	named := map[string]string{}
	for _, p := range m {
		named[p.name] = p.value.text + p.value.digits
	}
	return named, nil
}

// parse reads an object of texts and numbers.
func parse(plain []byte) (m message, err error) {
	in := json.NewDecoder(bytes.NewReader(plain))
	in.UseNumber()
	var values map[string]any
	if err := in.Decode(&values); err != nil || values == nil {
		return nil, errSeal
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, errSeal
	}
	for name, v := range values {
		switch v := v.(type) {
		case string:
			m = append(m, pair{name, value{text: v}})
		case json.Number:
			m = append(m, pair{name, value{digits: v.String()}})
		default:
			return nil, errSeal
		}
	}
	return m, nil
}

// cents reads an amount of a merchant's message.
func cents(s string) (int64, bool) {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok || !n.IsInt64() || n.Sign() <= 0 || s[0] == '+' || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	return n.Int64(), true
}
