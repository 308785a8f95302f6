package ottpay

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
)

// vector is one sealed message. Those that the provider published name it as their source;
// the others were made by other programs than this one.
type vector struct {
	Name, About, Secret, Message, Signature string
	Plaintext, CipherKey, Data              string
	Published                               bool
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	all := testdata.Vectors[vector](t, "ottpay")
	if len(all) != 11 {
		t.Fatalf("got %d vectors, want 11", len(all))
	}
	return all
}

func (v vector) seal() seal { return seal{signing.NewSecret(v.Secret)} }

func (v vector) sealed() sealed { return sealed{data: v.Data, md5: v.Signature} }

func vectorNamed(t testing.TB, name string) vector {
	t.Helper()
	all := readVectors(t)
	i := slices.IndexFunc(all, func(v vector) bool { return v.Name == name })
	if i < 0 {
		t.Fatalf("there is no vector %s", name)
	}
	return all[i]
}

func TestVectorsOpen(t *testing.T) {
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			plain, ok := v.seal().decrypt(v.sealed())
			if !ok || string(plain) != v.Plaintext {
				t.Errorf("decrypted %q, want %q", plain, v.Plaintext)
			}
			members, style, err := v.seal().open(v.sealed())
			if err != nil {
				t.Fatal(err)
			}
			if style.name != "java" || style.nested {
				t.Errorf("the digest is of style %+v, want the provider's own", style)
			}
			if text, _ := members.concatenated(styles[0]); text != v.Message {
				t.Errorf("the digest is of %q, want %q", text, v.Message)
			}
			if key := string(v.seal().key(v.Signature)); key != v.CipherKey {
				t.Errorf("the cipher's key is %s, want %s", key, v.CipherKey)
			}
		})
	}
}

// The vectors whose values are all text are also what this program would send.
func TestVectorsClose(t *testing.T) {
	closed := 0
	for _, v := range readVectors(t) {
		members, err := parseObject([]byte(v.Plaintext))
		if err != nil {
			t.Fatal(err)
		}
		var f fields
		for _, name := range namesOf(v.Plaintext) {
			f = f.with(name, members.text(name))
		}
		if string(f.json()) != v.Plaintext { // numbers, or the provider's escapes
			continue
		}
		closed++
		got := v.seal().close(f)
		if got.md5 != v.Signature || got.data != strings.ReplaceAll(v.Data, " ", "") {
			t.Errorf("%s: sealed as %s %s, want %s %s", v.Name, got.md5, got.data, v.Signature, v.Data)
		}
	}
	if closed < 6 {
		t.Errorf("%d vectors were closed, want at least 6", closed)
	}
}

// namesOf are the names of an object of texts, in its order.
func namesOf(text string) (names []string) {
	for i, part := range strings.Split(text, `"`) {
		if i%4 == 1 {
			names = append(names, part)
		}
	}
	return names
}

func TestARequestIsDigestedAsItIsSent(t *testing.T) {
	s := seal{signing.NewSecret("5A17C0DE93B2E4F6")}
	got, _, err := s.open(s.close(fields{}.with("remarks", "tea\xff").with("amount", "1").with("email", "")))
	if err != nil || got.text("remarks") != "tea\uFFFD" || len(got) != 2 {
		t.Errorf("got %v and %v, want what is no UTF-8 replaced, and nothing that is empty", got, err)
	}
}

func TestJavaWritesNumbersLikeThis(t *testing.T) {
	for literal, want := range map[string]string{
		"1": "1.0", "275900": "275900.0", "5.2474": "5.2474", "0": "0.0", "-0": "-0.0", "10000000": "1.0E7",
		"650000000": "6.5E8", "12345678": "1.2345678E7", "0.0001": "1.0E-4", "0.001": "0.001", "9999999": "9999999.0",
		"17672550051234567": "1.7672550051234568E16", "1e0": "1.0", "1.50": "1.5", "-12.5": "-12.5", "524740000": "5.2474E8",
	} {
		if got, ok := javaDouble(literal); !ok || got != want {
			t.Errorf("%s: got %q, want %q", literal, got, want)
		}
	}
	if got, ok := javaDouble("1e999"); ok {
		t.Errorf("1e999: got %q, want none", got)
	}
}

// seals makes sealed messages of any plaintext and digest text, as a provider may.
func (s seal) of(plain, concatenated string, lower bool) sealed {
	digest := digestOf(concatenated)
	if lower {
		digest = strings.ToLower(digest)
	}
	text := []byte(plain)
	pad := 16 - len(text)%16
	text = append(text, strings.Repeat(string(rune(pad)), pad)...)
	block := s.cipher(digest)
	for at := 0; at < len(text); at += 16 {
		block.Encrypt(text[at:], text[at:])
	}
	return sealed{data: base64.StdEncoding.EncodeToString(text), md5: digest}
}

func TestDigestsOfEveryLiveClientAreAccepted(t *testing.T) {
	s := seal{signing.NewSecret("5A17C0DE93B2E4F6")}
	const plain = `{"b":10000000,"a":"x=\u003d","c":null,"d":[{"n":"W\u0026","f":1.5}, null],"e":true}`
	for about, concatenated := range map[string]string{
		"Java":                        `x==1.0E7null[{n=W&, f=1.5}, null]true`,
		"Java, null left out":         `x==1.0E7[{n=W&, f=1.5}, null]true`,
		"JavaScript sample":           `x==10000000.0null[{n=W&, f=1.5}, null]true`,
		"live client, compact JSON":   `x==10000000[{"n":"W&","f":1.5},null]true`,
		"literal, null, compact JSON": `x==10000000null[{"n":"W&","f":1.5},null]true`,
	} {
		for _, lower := range []bool{false, true} {
			if _, _, err := s.open(s.of(plain, concatenated, lower)); err != nil {
				t.Errorf("%s, lower case %v: got %v", about, lower, err)
			}
		}
	}
	for about, concatenated := range map[string]string{
		"another number": `x==1.0E8null[{n=W&, f=1.5}, null]true`,
		"another order":  `1.0E7x==null[{n=W&, f=1.5}, null]true`,
		"nothing":        ``,
	} {
		if got, _, err := s.open(s.of(plain, concatenated, false)); err != errUnsealed || got != nil {
			t.Errorf("%s: got %v and %v, want refused", about, got, err)
		}
	}
}

func TestKeysSortByUTF16(t *testing.T) {
	// U+FF5E is above U+1F375 in UTF-16 and below it in bytes.
	members, err := parseObject([]byte(`{"～":"1","🍵":"2","order_id":"3","orderId":"4","amount":"5","Tip":"6"}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := members.concatenated(styles[0]); got != "654321" {
		t.Errorf("got %q, want 654321", got)
	}
}

// splice returns data with its 16-byte blocks in another order.
func splice(t *testing.T, data string, order func(blocks [][]byte) [][]byte) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(data, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]byte
	for at := 0; at < len(text); at += 16 {
		blocks = append(blocks, text[at:at+16])
	}
	return base64.StdEncoding.EncodeToString(slices.Concat(order(blocks)...))
}

func TestWhatWasAlteredIsRefusedWithOneAnswer(t *testing.T) {
	v := vectorNamed(t, "V6")
	spaced := vectorNamed(t, "V3")
	for about, c := range map[string]struct {
		key string
		in  sealed
	}{
		"a block left out": {v.Secret, sealed{splice(t, v.Data, func(b [][]byte) [][]byte { return append(b[:2:2], b[3:]...) }), v.Signature}},
		"two blocks changed over": {v.Secret, sealed{splice(t, v.Data, func(b [][]byte) [][]byte {
			b[1], b[2] = b[2], b[1]
			return b
		}), v.Signature}},
		"a block twice":              {v.Secret, sealed{splice(t, v.Data, func(b [][]byte) [][]byte { return append([][]byte{b[0]}, b...) }), v.Signature}},
		"the last block left out":    {v.Secret, sealed{splice(t, v.Data, func(b [][]byte) [][]byte { return b[:len(b)-1] }), v.Signature}},
		"the wrong key":              {"5A17C0DE93B2E4F7", v.sealed()},
		"the key in lower case":      {strings.ToLower(v.Secret), v.sealed()},
		"the digest in another case": {v.Secret, sealed{v.Data, strings.ToLower(v.Signature)}},
		"another digest":             {v.Secret, sealed{v.Data, spaced.Signature}},
		"a plus for a space":         {spaced.Secret, sealed{strings.ReplaceAll(spaced.Data, " ", "+"), spaced.Signature}},
		"no data":                    {v.Secret, sealed{"", v.Signature}},
		"no digest":                  {v.Secret, sealed{v.Data, ""}},
		"data that is no Base64":     {v.Secret, sealed{"%" + v.Data, v.Signature}},
		"half a block":               {v.Secret, sealed{v.Data[:20] + "==", v.Signature}},
		"URL-safe Base64":            {v.Secret, sealed{strings.NewReplacer("+", "-", "/", "_").Replace(v.Data), v.Signature}},
	} {
		got, _, err := seal{signing.NewSecret(c.key)}.open(c.in)
		if err != errUnsealed || got != nil {
			t.Errorf("%s: got %v and %v, want refused", about, got, err)
		}
	}
}

// reseal changes the plaintext before its encryption, below a digest that stays.
func TestAChangedPlaintextIsRefusedThoughItIsJSON(t *testing.T) {
	s := seal{signing.NewSecret("5A17C0DE93B2E4F6")}
	for about, plain := range map[string]string{
		"another amount":   `{"amount":"1251","order_id":"7"}`,
		"a member more":    `{"amount":"1250","order_id":"7","tip":"1"}`,
		"a member twice":   `{"amount":"1250","order_id":"7","order_id":"7"}`,
		"text behind it":   `{"amount":"1250","order_id":"7"} {}`,
		"no object":        `["1250","7"]`,
		"bytes, not UTF-8": "{\"amount\":\"1250\",\"order_id\":\"7\",\"r\":\"\xff\"}",
	} {
		if _, _, err := s.open(s.of(plain, "12507", false)); err != errUnsealed {
			t.Errorf("%s: got %v, want refused", about, err)
		}
	}
	if _, _, err := s.open(s.of(`{"amount":"1250","order_id":"7"}`, "12507", false)); err != nil {
		t.Errorf("what was sealed: got %v", err)
	}
	if got, _, err := s.open(s.of(`{"Amount":"1250","Order_id":"7"}`, "12507", false)); err != nil || got.text("amount") != "" || got.text("order_id") != "" {
		t.Errorf("names in another case: got %v and %v, want members of other names", got, err)
	}
}

func TestPaddingIsChecked(t *testing.T) {
	full := strings.Repeat("\x10", 16)
	for text, want := range map[string]bool{
		"123456789012345\x01": true, "12345678901234\x02\x02": true, full: true,
		strings.Repeat("\x20", 32): false, "12345678901234\x01\x02": false, "123456789012345\x00": false, "123456789012345\x11": false, strings.Repeat("\x10", 15) + "\x0f": false,
	} {
		if _, ok := unpadded([]byte(text)); ok != want {
			t.Errorf("%q: got %v, want %v", text, ok, want)
		}
	}
}

func TestACiphertextIsWholeBlocks(t *testing.T) {
	s := seal{signing.NewSecret("5A17C0DE93B2E4F6")}
	for _, n := range []int{0, 1, 15, 17, 31} {
		in := sealed{base64.StdEncoding.EncodeToString(make([]byte, n)), strings.Repeat("0", 32)}
		if _, _, err := s.open(in); err != errUnsealed {
			t.Errorf("%d bytes: got %v, want refused", n, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(v.Data, v.Signature, v.Plaintext, v.Message)
	}
	s := seal{signing.NewSecret("5A17C0DE93B2E4F6")}
	genuine := readVectors(f)
	f.Fuzz(func(t *testing.T, data, digest, plain, concatenated string) {
		if got, _, err := s.open(sealed{data, digest}); err == nil && !slices.ContainsFunc(genuine, func(v vector) bool { return v.Signature == digest }) {
			t.Errorf("a message that was not sealed was decrypted: %v", got)
		}
		// What has the right digest may be anything, and whatever opens says what it was.
		if got, style, err := s.open(s.of(plain, concatenated, false)); err == nil {
			if text, ok := got.concatenated(style); !ok || text != concatenated {
				t.Errorf("opened as %q, sealed as %q", text, concatenated)
			}
		}
	})
}
