package miniprogram_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/miniprogram"
)

func TestSignatureHeadersThatAreRead(t *testing.T) {
	for name, header := range map[string]string{
		"as the documents write it":     "algorithm=RSA256, keyVersion=1, signature=%2B%2Fs%3D",
		"without blanks":                "algorithm=RSA256,keyVersion=1,signature=%2B%2Fs%3D",
		"in another order":              "signature=%2B%2Fs%3D, keyVersion=1, algorithm=RSA256",
		"the algorithm in small":        "algorithm=rsa256, keyVersion=1, signature=%2B%2Fs%3D",
		"the algorithm's other name":    "algorithm=SHA256withRSA, keyVersion=1, signature=%2B%2Fs%3D",
		"without the algorithm":         "keyVersion=1, signature=%2B%2Fs%3D",
		"plain base64 with padding":     "algorithm=RSA256, keyVersion=1, signature=+/s=",
		"plain base64 without padding":  "algorithm=RSA256, keyVersion=1, signature=+/s",
		"base64url":                     "algorithm=RSA256, keyVersion=1, signature=-_s",
		"base64url with padding":        "algorithm=RSA256, keyVersion=1, signature=-_s=",
		"escapes in small":              "algorithm=RSA256, keyVersion=1, signature=%2b%2fs%3d",
		"escapes of all but the plus":   "algorithm=RSA256, keyVersion=1, signature=+%2Fs%3D",
		"blanks and tabs at the commas": "algorithm=RSA256 ,\tkeyVersion=1 , signature=-_s ",
	} {
		version, signature, err := miniprogram.ParseMark(header)
		if err != nil || version != "1" || !bytes.Equal(signature, []byte{0xfb, 0xfb}) {
			t.Errorf("%s: got version %q, %x and %v, want 1 and fbfb", name, version, signature, err)
		}
	}
	if version, _, err := miniprogram.ParseMark("signature=-_s"); version != "" || err != nil {
		t.Errorf("without a version: got %q and %v, want none", version, err)
	}
}

func TestSignatureHeadersThatAreRefused(t *testing.T) {
	for name, header := range map[string]string{
		"nothing":                     "",
		"another algorithm":           "algorithm=ECC224, keyVersion=1, signature=-_s",
		"no algorithm after its name": "algorithm=, keyVersion=1, signature=-_s",
		"no signature":                "algorithm=RSA256, keyVersion=1",
		"an empty signature":          "algorithm=RSA256, keyVersion=1, signature=",
		"only padding":                "algorithm=RSA256, keyVersion=1, signature===",
		"two signatures":              "algorithm=RSA256, signature=-_s, signature=-_s",
		"a member that is not known":  "algorithm=RSA256, keyVersion=1, signature=-_s, expires=1",
		"a version that is no number": "algorithm=RSA256, keyVersion=one, signature=-_s",
		"a negative version":          "algorithm=RSA256, keyVersion=-1, signature=-_s",
		"a blank where a plus was":    "algorithm=RSA256, keyVersion=1, signature=%20/s",
		"half an escape":              "algorithm=RSA256, keyVersion=1, signature=-_s%3",
		"spare bits in the last byte": "algorithm=RSA256, keyVersion=1, signature=-_t",
		"padding in the middle":       "algorithm=RSA256, keyVersion=1, signature=-_=s",
		"a line break inside":         "algorithm=RSA256, keyVersion=1, signature=-%0A_s",
		"a comma at the end":          "algorithm=RSA256, keyVersion=1, signature=-_s,",
		"no end":                      "signature=" + strings.Repeat("A", 1<<20),
	} {
		if _, signature, err := miniprogram.ParseMark(header); err == nil {
			t.Errorf("%s: got %x, want an error", name, signature)
		}
	}
}

func TestHeadersAreWrittenAsTheProfileSays(t *testing.T) {
	signature := []byte{0xfb, 0xfb}
	for name, want := range map[string]string{
		"generic-v2": "algorithm=RSA256, keyVersion=2, signature=%2B%2Fs%3D",
		"superqi":    "algorithm=RSA256, keyVersion=2, signature=+/s=",
		"ams":        "algorithm=RSA256,keyVersion=2,signature=%2B%2Fs%3D",
	} {
		if got := miniprogram.Table()[name].FormatMark("2", signature); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if got := miniprogram.EncodeSignature(signature, miniprogram.Base64URL); got != "-_s" {
		t.Errorf("base64url: got %s, want -_s", got)
	}
}

func FuzzSignatureHeader(f *testing.F) {
	f.Add("algorithm=RSA256, keyVersion=1, signature=%2B%2Fs%3D")
	f.Add("signature=-_s=,,keyVersion=1")
	f.Add("algorithm=RSA256,signature=+/s")
	f.Fuzz(func(t *testing.T, header string) {
		version, signature, err := miniprogram.ParseMark(header)
		if err != nil {
			return
		}
		if len(signature) == 0 || strings.Trim(version, "0123456789") != "" {
			t.Fatalf("got version %q and %x", version, signature)
		}
		// What was read, written again in each form, is the same signature.
		for _, e := range []miniprogram.Encoding{miniprogram.Percent, miniprogram.Base64, miniprogram.Base64URL} {
			_, again, err := miniprogram.ParseMark("signature=" + miniprogram.EncodeSignature(signature, e))
			if err != nil || !bytes.Equal(signature, again) {
				t.Errorf("%s: got %x and %v, want %x", e, again, err, signature)
			}
		}
	})
}
