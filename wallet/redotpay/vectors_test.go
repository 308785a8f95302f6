package redotpay_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
)

// vector is one of the sheet's, made with a key whose private half is not kept.
type vector struct {
	Name, Kind, Algorithm, Key     string
	Method, URI, AppKey, Timestamp string
	Body, Message, SHA256          string
	Signature                      string
	Bytes                          int
}

func vectors(t *testing.T) (all []vector) {
	t.Helper()
	for _, v := range testdata.Vectors[vector](t, "redotpay") {
		if v.Algorithm == "rsa-sha256" {
			all = append(all, v)
		}
	}
	return all
}

func TestTheCanonicalMessagesAreThoseOfTheVectors(t *testing.T) {
	for _, v := range vectors(t) {
		message := redotpay.WebhookMessage(v.AppKey, v.Timestamp, []byte(v.Body))
		if v.Kind == "request" {
			message = redotpay.RequestMessage(v.Method, v.URI, v.AppKey, v.Timestamp, []byte(v.Body))
		}
		sum := sha256.Sum256(message)
		if string(message) != v.Message || len(message) != v.Bytes || hex.EncodeToString(sum[:]) != v.SHA256 {
			t.Errorf("%s: got %q of %d bytes, want %q of %d", v.Name, message, len(message), v.Message, v.Bytes)
		}
	}
}

func TestTheSignaturesOfTheVectorsHold(t *testing.T) {
	key, err := signing.ParseRSAPublicKey([]byte(testdata.Key(t, "redotpay_test_public.b64")))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := signing.NewRSAVerifier(map[string]*rsa.PublicKey{"1": key})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors(t) {
		if v.Signature == "" {
			continue
		}
		signature, err := redotpay.DecodeSignature(v.Signature)
		if err != nil || verifier.Verify(t.Context(), "1", []byte(v.Message), signature) != nil {
			t.Errorf("%s: the signature does not hold (%v)", v.Name, err)
		}
	}
}

// webhook is a vector's webhook as it arrives.
func webhook(v vector) (http.Header, []byte, time.Time) {
	millis, _ := strconv.ParseInt(v.Timestamp, 10, 64)
	h := http.Header{"X-R-Ts": {v.Timestamp}, "X-R-Key-Version": {"1"}, "X-R-Signature": {v.Signature}}
	return h, []byte(v.Body), time.UnixMilli(millis)
}

func TestAWebhookIsVerifiedByteForByte(t *testing.T) {
	w := opened(t, func(c *redotpay.Config) {
		c.PlatformKeys = []redotpay.PlatformKey{{Version: 1, Key: testdata.Key(t, "redotpay_test_public.b64")}}
	})
	for _, v := range vectors(t) {
		if v.Kind != "webhook" {
			continue
		}
		h, body, at := webhook(v)
		if err := w.Verify(h, body, at); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		for i := range body {
			flipped := bytes.Clone(body)
			flipped[i] ^= 1
			if w.Verify(h, flipped, at) == nil {
				t.Errorf("%s: byte %d of the body is not signed", v.Name, i)
			}
		}
		for name := range h {
			for i := range h.Get(name) {
				flipped, value := h.Clone(), []byte(h.Get(name))
				value[i] ^= 1
				flipped.Set(name, string(value))
				if w.Verify(flipped, body, at) == nil {
					t.Errorf("%s: byte %d of %s is not signed", v.Name, i, name)
				}
			}
		}
	}
}

func TestSignaturesOfOtherFormsAreReadOrRefused(t *testing.T) {
	w := opened(t, func(c *redotpay.Config) {
		c.PlatformKeys = []redotpay.PlatformKey{{Version: 1, Key: testdata.Key(t, "redotpay_test_public.b64")}}
	})
	var v vector
	for _, candidate := range vectors(t) {
		if candidate.Kind == "webhook" {
			v = candidate
		}
	}
	raw, err := base64.StdEncoding.DecodeString(v.Signature)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(http.Header)
		holds  bool
	}{
		"percent-encoded":            {func(h http.Header) { h.Set("X-R-Signature", url.QueryEscape(v.Signature)) }, true},
		"a plus sign among escapes":  {func(h http.Header) { h.Set("X-R-Signature", v.Signature[:len(v.Signature)-2]+"%3D%3D") }, true},
		"without padding":            {func(h http.Header) { h.Set("X-R-Signature", base64.RawStdEncoding.EncodeToString(raw)) }, false},
		"of another alphabet":        {func(h http.Header) { h.Set("X-R-Signature", base64.URLEncoding.EncodeToString(raw)) }, false},
		"broken in lines":            {func(h http.Header) { h.Set("X-R-Signature", v.Signature[:64]+"\n"+v.Signature[64:]) }, false},
		"hexadecimal":                {func(h http.Header) { h.Set("X-R-Signature", hex.EncodeToString(raw)) }, false},
		"there twice":                {func(h http.Header) { h.Add("X-R-Signature", v.Signature) }, false},
		"absent":                     {func(h http.Header) { h.Del("X-R-Signature") }, false},
		"of a key that is not known": {func(h http.Header) { h.Set("X-R-Key-Version", "2") }, false},
		"of a version with a zero":   {func(h http.Header) { h.Set("X-R-Key-Version", "01") }, false},
		"of no version":              {func(h http.Header) { h.Del("X-R-Key-Version") }, false},
		"at a time in seconds":       {func(h http.Header) { h.Set("X-R-Ts", v.Timestamp[:10]) }, false},
	} {
		h, body, at := webhook(v)
		c.change(h)
		if err := w.Verify(h, body, at); (err == nil) != c.holds {
			t.Errorf("a signature %s: got %v, want it to hold: %v", name, err, c.holds)
		}
	}
	h, body, at := webhook(v)
	for age, fresh := range map[time.Duration]bool{
		15 * time.Minute: true, 15*time.Minute + time.Millisecond: false, -5 * time.Minute: true, -5*time.Minute - time.Millisecond: false,
	} {
		if err := w.Verify(h, body, at.Add(age)); (err == nil) != fresh {
			t.Errorf("received %v after it was signed: got %v, want fresh: %v", age, err, fresh)
		}
	}
}

// The published keys of the platform are those whose digests are published with them.
func TestThePlatformsKeysAreThePublishedOnes(t *testing.T) {
	for name, want := range map[string]string{
		"sandbox":    "83c04281d9f89d961c06636c3b47fa5b885ac95ccdc74c78527cec8257e4322c",
		"production": "e43dde0b9808243ac6eef0d0e84fba3a096a973aec3406ea168825ded9806997",
	} {
		der, err := base64.StdEncoding.DecodeString(redotpay.PublishedKey(name))
		sum := sha256.Sum256(der)
		if err != nil || hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s: got %x and %v, want %s", name, sum, err, want)
		}
	}
}

// The example of the sheet, whose values are invented and whose shape is documented.
func TestTheBodyOfCreateIsTheExamples(t *testing.T) {
	const want = `{"outerOrderSn":"ORD123456","outerUid":"U10001","orderAmount":12.34,"orderCurrency":"USD","timeExpire":1763558687656,"env":"WEB","orderDesc":"Test order","goods":[{"goodsType":"02","goodsCategory":"Z000","goodsCode":"SKU-1","goodsName":"Test item","goodsCount":1,"goodsAmount":12.34,"goodsCoin":"USD"}],"redirectUrl":"https://shop.example/return"}`
	got := opened(t).EncodeCreate(wallet.PaymentRequest{
		RequestID: "ORD123456", Amount: wallet.Money{Minor: 1234, Currency: "USD"}, Description: "Test order",
		Items: []wallet.Item{{SKU: "SKU-1", Name: "Test item", Quantity: 1}}, Payer: wallet.Payer{ID: "U10001"},
		Channel: wallet.Web, ExpiresAt: time.UnixMilli(1763558687656), ReturnURL: "https://shop.example/return",
	})
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

type spelled struct {
	Decimal   string
	Spellings []string
}

func TestAmountsCrossWithAllTheirDigits(t *testing.T) {
	var file struct{ Amounts []spelled }
	testdata.JSON(t, "vectors/redotpay.json", &file)
	if len(file.Amounts) == 0 {
		t.Fatal("there are no amounts")
	}
	w := opened(t, func(c *redotpay.Config) { c.Currencies = []string{"USD", "USDT"} })
	for _, a := range file.Amounts {
		currency := wallet.Currency("USDT") // which has six decimals
		want, err := wallet.ParseDecimal(currency, a.Decimal)
		if err != nil {
			t.Fatal(err)
		}
		for _, spelling := range a.Spellings {
			got, err := redotpay.AnswerAmount([]byte(`{"orderAmount":` + spelling + `,"orderCurrency":"USDT"}`))
			if err != nil || got != want {
				t.Errorf("%s is read as %v and %v, want %v", spelling, got, err, want)
			}
		}
		body := w.EncodeCreate(wallet.PaymentRequest{RequestID: "ORD123456", Amount: want})
		if !bytes.Contains(body, []byte(`"orderAmount":`+a.Decimal+`,`)) || !bytes.Contains(body, []byte(`"goodsAmount":`+a.Decimal+`,`)) {
			t.Errorf("%v is written as %s, want %s", want, body, a.Decimal)
		}
	}
	for answer, want := range map[string]error{
		`{"orderAmount":0.001,"orderCurrency":"USD"}`: wallet.ErrDigits, `{"orderAmount":1e30,"orderCurrency":"USD"}`: wallet.ErrOverflow,
		`{"orderAmount":"1,00","orderCurrency":"USD"}`: wallet.ErrAmount, `{"orderAmount":1,"orderCurrency":"XYZ"}`: wallet.ErrCurrency,
		`{"orderAmount":1}`: wallet.ErrCurrency, `{"orderCurrency":"USD"}`: wallet.ErrAmount,
	} {
		if got, err := redotpay.AnswerAmount([]byte(answer)); !errors.Is(err, want) {
			t.Errorf("%s is read as %v and %v, want %v", answer, got, err, want)
		}
	}
}
