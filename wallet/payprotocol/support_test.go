package payprotocol_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
)

const (
	testKey    = "F1R28pRQ"
	testSecret = "test-secret-0123456789"
	testNotify = "https://merchant.example/pay/notify"
)

// settings are complete settings; those of a test replace what it names.
func settings(change ...func(*payprotocol.Config)) payprotocol.Config {
	c := payprotocol.Config{
		BaseURL: "https://api.example/api/mer", PageURL: "https://pay.example", APIKey: testKey,
		APISecret: signing.NewSecret(testSecret), ChainID: 136,
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func open(tb testing.TB, env wallet.Env, change ...func(*payprotocol.Config)) *payprotocol.Wallet {
	tb.Helper()
	w, err := settings(change...).Open(env)
	if err != nil {
		tb.Fatal(err)
	}
	return w.(*payprotocol.Wallet)
}

// answers is a provider whose answers a test writes down: bodies by method and path,
// without the base. Those of one path are used up in order, the last one stays.
type answers struct {
	mu    sync.Mutex
	by    map[string][]string
	calls []string // "GET /payment/detail?outTradeNo=C3", with the body behind
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	path := strings.TrimPrefix(r.URL.Path, "/api/mer")
	call := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/api/mer")
	a.calls = append(a.calls, strings.TrimSpace(call+" "+string(body)))
	list := a.by[r.Method+" "+path]
	answer := `{"code":404,"msg":"not found"}`
	if len(list) > 0 {
		answer = list[0]
	}
	if len(list) > 1 {
		a.by[r.Method+" "+path] = list[1:]
	}
	status := 200
	if _, err := fmt.Sscanf(answer, "HTTP %d", &status); err == nil {
		_, answer, _ = strings.Cut(answer, "\n")
	}
	return &http.Response{StatusCode: status, ContentLength: -1, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader([]byte(answer))), Request: r}, nil
}

func (a *answers) called(prefix string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, call := range a.calls {
		if strings.HasPrefix(call, prefix) {
			n++
		}
	}
	return n
}

// ok is a success with data.
func ok(data string) string { return `{"code":200,"msg":"Success","data":` + data + `}` }

// The lists of a provider on whose chains the same symbol has different decimals.
const (
	listChains = `[{"chainId":136,"chainName":"TRON Nile"},{"chainId":56,"chainName":"BSC"}]`
	listTron   = `[{"currencyId":1,"chainId":136,"name":"TRON","symbol":"TRX","decimals":6},` +
		`{"currencyId":2,"chainId":136,"name":"Tether","symbol":"USDT","decimals":6}]`
	listBSC = `[{"currencyId":7,"chainId":56,"name":"BNB","symbol":"BNB","decimals":18},` +
		`{"currencyId":8,"chainId":56,"name":"Tether","symbol":"USDT","decimals":18}]`
)

// answering is a wallet whose provider answers as written, and knows its tokens.
func answering(tb testing.TB, by map[string][]string, change ...func(*payprotocol.Config)) (*payprotocol.Wallet, *answers) {
	tb.Helper()
	far := &answers{by: by}
	lists := http.RoundTripper(roundTrip(func(r *http.Request) (*http.Response, error) {
		if _, written := by["GET "+strings.TrimPrefix(r.URL.Path, "/api/mer")]; written || !strings.Contains(r.URL.Path, "/conf/list/") {
			return far.RoundTrip(r)
		}
		data := listChains
		switch r.URL.Query().Get("chainId") {
		case "136":
			data = listTron
		case "56":
			data = listBSC
		}
		return &http.Response{StatusCode: 200, ContentLength: -1, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(ok(data))), Request: r}, nil
	}))
	return open(tb, wallet.Env{HTTP: client(lists), Now: func() time.Time { return noon }}, change...), far
}

func client(far http.RoundTripper) *http.Client { return &http.Client{Transport: far} }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var noon = time.Unix(1723971200, 0).UTC()

// orderC3 is the order of the vectors, with members replaced or added.
func orderC3(members ...string) string {
	all := map[string]string{
		"chainId": "136", "orgId": "12", "outTradeNo": `"C3"`, "outPaymentNo": `"202408180853200000001"`, "description": `"A sample order"`,
		"isLegalTender": "0", "quoteCurrencySymbol": `"USDT"`, "quoteAmount": `"0.01"`, "paymentStatus": "0",
		"expectedAmount": `"10000"`, "settlementAmount": `"10000"`, "settlementCurrencySymbol": `"USDT"`, "blockTime": "1723971255",
	}
	names := []string{
		"chainId", "orgId", "outTradeNo", "outPaymentNo", "description", "isLegalTender", "quoteCurrencySymbol", "quoteAmount",
		"paymentStatus", "expectedAmount", "settlementAmount", "settlementCurrencySymbol", "blockTime",
	}
	for _, member := range members {
		name, value, _ := strings.Cut(member, ":")
		if _, known := all[name]; !known {
			names = append(names, name)
		}
		all[name] = value
	}
	var b strings.Builder
	for _, name := range names {
		if all[name] != "" {
			fmt.Fprintf(&b, `,"%s":%s`, name, all[name])
		}
	}
	return "{" + b.String()[1:] + "}"
}

func usdt(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USDT"} }
