package quote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/quote"
	"github.com/minitill/minitill/bridge/webhook"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

func testKey(tb testing.TB) webhook.Key {
	tb.Helper()
	key, err := webhook.ParseKey(signing.NewSecret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="))
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// shop is a merchant's server that answers every question with one answer.
func shop(tb testing.TB, status int, body string, seen func(*http.Request, []byte)) *quote.Asker {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Error(err)
		}
		if seen != nil {
			seen(r, request)
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	tb.Cleanup(server.Close)
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return quote.New(quote.Config{URL: server.URL + "/price", Keys: []webhook.Key{testKey(tb)}, HTTP: client})
}

func twoTeas() pricing.Request {
	return pricing.Request{
		App: "shop", Payer: bridge.Payer{ID: "u1", Wallet: "gcash"},
		Items: []pricing.ItemRequest{{SKU: "tea", Quantity: 2}},
	}
}

func TestARequestForAPriceIsSigned(t *testing.T) {
	requested := false
	a := shop(t, 200, `{"amount":{"currency":"PHP","value":"600"},"description":"2 × Tea","reference":"C-7",
		"items":[{"sku":"tea","name":"Tea","quantity":2,"amount":{"currency":"PHP","decimal":"6.00"}}],"metadata":{"table":"4"}}`,
		func(r *http.Request, body []byte) {
			requested = true
			if _, err := webhook.Verify(r.Header, body, time.Now(), testKey(t)); err != nil {
				t.Errorf("the question is not signed: %v", err)
			}
			const want = `{"app":"shop","payer":{"id":"u1","wallet":"gcash","guest":false},"items":[{"sku":"tea","quantity":2}]}`
			if string(body) != want || r.Method != http.MethodPost {
				t.Errorf("requested %s %s, want POST %s", r.Method, body, want)
			}
		})
	price, err := a.Price(t.Context(), twoTeas())
	if err != nil || !requested {
		t.Fatalf("requested: %v; %v", requested, err)
	}
	php := func(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "PHP"} }
	if price.Amount != php(600) || price.Description != "2 × Tea" || price.Reference != "C-7" ||
		price.Metadata["table"] != "4" || price.Items[0].Amount != php(600) {
		t.Errorf("got %+v", price)
	}
}

func TestWhatCannotBeSoldIsNamed(t *testing.T) {
	a := shop(t, 422, `{"type":"about:blank","errors":[{"field":"items[0].sku","detail":"is sold out"}]}`, nil)
	_, err := a.Price(t.Context(), twoTeas())
	if f := fault.Of(err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0] != (fault.Field{Name: "items[0].sku", Detail: "is sold out"}) {
		t.Errorf("got %v, want the field that is sold out", err)
	}
	for _, body := range []string{``, `{}`, `{"errors":[{"field":"database","detail":"is down"}]}`, `{"errors":[{"field":"items","detail":"` + strings.Repeat("x", 300) + `"}]}`} {
		_, err := shop(t, 422, body, nil).Price(t.Context(), twoTeas())
		if f := fault.Of(err); f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != "items" || strings.Contains(f.Fields[0].Detail, "x") {
			t.Errorf("%.40s: got %+v, want only that the items cannot be sold", body, f)
		}
	}
}

func TestNoPriceMakesNoOrder(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
	}{
		"an error":              {500, "boom"},
		"a redirect":            {302, ""},
		"nothing":               {200, ""},
		"no amount":             {200, `{"description":"free"}`},
		"nothing to pay":        {200, `{"amount":{"currency":"USD","value":"0"}}`},
		"less than nothing":     {200, `{"amount":{"currency":"USD","value":"-1"}}`},
		"a fraction of a cent":  {200, `{"amount":{"currency":"USD","decimal":"0.001"}}`},
		"a number":              {200, `{"amount":{"currency":"USD","value":600}}`},
		"no currency of ours":   {200, `{"amount":{"currency":"XXY","value":"600"}}`},
		"two amounts":           {200, `{"amount":{"currency":"USD","value":"1"},"amount":{"currency":"USD","value":"2"}}`},
		"a misspelled member":   {200, `{"amount":{"currency":"USD","value":"1"},"desciption":"x"}`},
		"a line of other money": {200, `{"amount":{"currency":"USD","value":"1"},"items":[{"sku":"a","name":"A","quantity":1,"amount":{"currency":"EUR","value":"1"}}]}`},
		"a control character":   {200, `{"amount":{"currency":"USD","value":"1"},"description":"a\u0007"}`},
		"too much":              {200, `{"amount":{"currency":"USD","value":"1"},"description":"` + strings.Repeat("x", 70<<10) + `"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			price, err := shop(t, test.status, test.body, nil).Price(t.Context(), twoTeas())
			if !errors.Is(err, fault.Unavailable) {
				t.Errorf("got %+v, %v; want Unavailable", price, err)
			}
		})
	}
}

// A price has the limits of an order that the merchant makes. A reference could be half as
// long here.
func TestAPriceHasTheLimitsOfAnOrder(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ü", n) }
	lines := func(n int) string {
		return strings.Repeat(`{"sku":"a","name":"A","quantity":1,"amount":{"currency":"USD","value":"1"}},`, n-1) +
			`{"sku":"a","name":"A","quantity":1,"amount":{"currency":"USD","value":"1"}}`
	}
	for name, test := range map[string]struct {
		most   int
		member func(n int) string
	}{
		"description":    {input.MaxText, func(n int) string { return `"description":"` + long(n) + `"` }},
		"reference":      {input.MaxReference, func(n int) string { return `"reference":"` + long(n) + `"` }},
		"metadata key":   {input.MaxMetadataKey, func(n int) string { return `"metadata":{"` + long(n) + `":"v"}` }},
		"metadata value": {input.MaxMetadataValue, func(n int) string { return `"metadata":{"k":"` + long(n) + `"}` }},
		"sku": {input.MaxSKU, func(n int) string {
			return `"items":[{"sku":"` + long(n) + `","name":"A","quantity":1,"amount":{"currency":"USD","value":"1"}}]`
		}},
		"name": {input.MaxText, func(n int) string {
			return `"items":[{"sku":"a","name":"` + long(n) + `","quantity":1,"amount":{"currency":"USD","value":"1"}}]`
		}},
		"lines": {input.MaxLines, func(n int) string { return `"items":[` + lines(n) + `]` }},
	} {
		t.Run(name, func(t *testing.T) {
			for n, fits := range map[int]bool{test.most: true, test.most + 1: false} {
				_, err := quote.ReadPrice([]byte(`{"amount":{"currency":"USD","value":"1"},` + test.member(n) + `}`))
				if (err == nil) != fits {
					t.Errorf("of %d: got %v, want it to fit: %t", n, err, fits)
				}
			}
		})
	}
}

func TestAServerThatIsDownNamesNoPrice(t *testing.T) {
	a := quote.New(quote.Config{URL: "http://127.0.0.1:1/", Keys: []webhook.Key{testKey(t)}, HTTP: &http.Client{}})
	if _, err := a.Price(t.Context(), twoTeas()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := shop(t, 200, "{}", nil).Price(ctx, twoTeas()); !errors.Is(err, fault.Unavailable) {
		t.Errorf("got %v, want Unavailable", err)
	}
}

func FuzzPrice(f *testing.F) {
	f.Add([]byte(`{"amount":{"currency":"USD","value":"600"},"items":[{"sku":"a","name":"A","quantity":1,"amount":{"currency":"USD","value":"1"}}]}`))
	f.Add([]byte(`{"errors":[{"field":"items[0].sku","detail":"is sold out"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		price, err := quote.ReadPrice(body)
		if err == nil && !price.Amount.Positive() {
			t.Errorf("a price of %v was accepted", price.Amount)
		}
		if err := quote.ReadRefusal(body); fault.KindOf(err) != fault.Invalid {
			t.Errorf("a refusal became %v", err)
		}
	})
}

func ExampleNew() {
	key, _ := webhook.ParseKey(webhook.GenerateSecret())
	merchant := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := webhook.Verify(r.Header, body, time.Now(), key); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"amount":{"currency":"MYR","decimal":"12.50"},"description":"Nasi lemak"}`)
	}))
	defer merchant.Close()
	var pricer pricing.Pricer = quote.New(quote.Config{URL: merchant.URL, Keys: []webhook.Key{key}, HTTP: merchant.Client()})
	price, err := pricer.Price(context.Background(), pricing.Request{App: "shop", Items: []pricing.ItemRequest{{SKU: "nl", Quantity: 1}}})
	fmt.Println(price.Amount, err)
	// Output: 12.50 MYR <nil>
}
