package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
)

// RedotPay's calls are bound by RSA: a create signs one request, and a webhook that is
// confirmed signs the query. So the rates are put beside 1/(1/s + 1/r), where s is the
// rate of signing alone and r that of the same path without the signature, measured in
// turn within one run.

func BenchmarkRatioCreateRedotPay(b *testing.B) {
	far, near := newRedotPayBench(b, false), newBenchWorld(b)
	rates := far.rates(b,
		func(i int) error { return far.create(i) },
		func(int) error { return far.sign("POST /openapi/v2/order/create") },
		func(i int) error {
			return near.send(near.till+"/miniapp/v1/orders", `{"items":[{"sku":"latte","quantity":1}],"wallet":"sandbox"}`, http.StatusCreated, http.Header{
				"Authorization": {"Bearer " + near.session}, "Idempotency-Key": {strconv.Itoa(i)},
			})
		})
	report(b, rates, "hmac-create/s")
}

func BenchmarkRatioNotifyRedotPay(b *testing.B) {
	confirmed, trusting := newRedotPayBench(b, false), newRedotPayBench(b, true)
	news, known := confirmed.webhooks(b, b.N), trusting.webhooks(b, b.N)
	rates := confirmed.rates(b,
		func(i int) error { return confirmed.notify(news[i]) },
		func(int) error { return confirmed.sign("POST /openapi/v2/order/detail") },
		func(i int) error { return trusting.notify(known[i]) })
	report(b, rates, "trusting-notify/s")
}

// report reports which share of the bound is reached.
func report(b *testing.B, rates [3]float64, other string) {
	bound := 1 / (1/rates[1] + 1/rates[2])
	b.ReportMetric(rates[0], "till/s")
	b.ReportMetric(rates[1], "sign/s")
	b.ReportMetric(rates[2], other)
	b.ReportMetric(bound, "bound/s")
	b.ReportMetric(rates[0]/bound, "ratio")
	b.ReportMetric(0, "ns/op")
}

// redotpayBench is a till beside a provider that answers at once.
type redotpayBench struct {
	*benchWorld
	ours, theirs *signing.RSASigner
}

const benchAppKey = "BENCH-APP-KEY"

func newRedotPayBench(b *testing.B, trust bool) *redotpayBench {
	b.Helper()
	w := &redotpayBench{benchWorld: &benchWorld{client: benchClient()}, ours: rsaSigner(b, "client"), theirs: rsaSigner(b, "wallet")}
	account := redotpay.Config{
		BaseURL: serveBench(b, http.HandlerFunc(instantRedotPay)), AppKey: benchAppKey, TrustNotifications: trust,
		PrivateKey:   signing.NewSecret(testdata.Key(b, "client_private.pem")),
		PlatformKeys: []redotpay.PlatformKey{{Version: 1, Key: testdata.Key(b, "wallet_public.pem")}},
	}
	purse, err := account.Open(wallet.Env{Name: "redotpay", HTTP: benchClient()})
	must(b, err)
	catalog, err := pricing.ReadCatalog(strings.NewReader(`{"currency":"USD","items":[{"sku":"latte","name":"Latte","price":"4.50"}]}`))
	must(b, err)
	w.engine, err = engine.New(engine.Config{
		Store: openBench(b, fmt.Sprintf("redotpay-%v.db", trust)), Wallets: map[string]wallet.Wallet{"redotpay": purse},
		Pricer: catalog, PublicURL: "http://till.test",
	})
	must(b, err)
	tokens, err := signing.NewTokens(signing.GenerateKeyring().Config("http://till.test"))
	must(b, err)
	w.session, _, err = tokens.IssueSession(signing.Session{App: "default", Wallet: "redotpay", Payer: "guest_1", Guest: true})
	must(b, err)
	w.till = serveBench(b, server.New(w.engine, server.Config{Tokens: tokens, PublicURL: "http://till.test"}))
	return w
}

func rsaSigner(b *testing.B, name string) *signing.RSASigner {
	b.Helper()
	key, err := signing.ParseRSAPrivateKey([]byte(testdata.Key(b, name+"_private.pem")))
	must(b, err)
	signer, err := signing.NewRSASigner("1", key)
	must(b, err)
	return signer
}

// instantRedotPay opens every order, and answers each query with paid.
func instantRedotPay(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var req struct{ OuterOrderSn string }
	_ = json.Unmarshal(body, &req)
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"code":"SUCCESS","msg":null,"data":{"orderSn":"RAP%s","outerOrderSn":"%s","webUrl":"https://pay.test/w","orderStatus":2,"orderAmount":4.5,"orderCurrency":"USD"}}`,
		req.OuterOrderSn, req.OuterOrderSn)
}

func (w *redotpayBench) sign(message string) error {
	_, err := w.ours.Sign(context.Background(), []byte(message))
	return err
}

func (w *redotpayBench) create(i int) error {
	return w.send(w.till+"/miniapp/v1/orders", `{"items":[{"sku":"latte","quantity":1}],"wallet":"redotpay"}`, http.StatusCreated, http.Header{
		"Authorization": {"Bearer " + w.session}, "Idempotency-Key": {strconv.Itoa(i)},
	})
}

// signedNews is a webhook that was signed before the timer starts, since the provider signs it.
type signedNews struct {
	body   string
	header http.Header
}

// webhooks are the news of n orders that wait for their payment.
func (w *redotpayBench) webhooks(b *testing.B, n int) []signedNews {
	b.Helper()
	all := make([]signedNews, n)
	var made sync.WaitGroup
	for worker := range 16 {
		made.Go(func() {
			for i := worker; i < n; i += 16 {
				var err error
				if all[i], err = w.webhook(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	made.Wait()
	return all
}

func (w *redotpayBench) webhook() (signedNews, error) {
	outcome, err := w.engine.CreateOrder(context.Background(), engine.OrderRequest{
		Channel: wallet.Web, Source: bridge.FromClient, Payer: bridge.Payer{ID: "guest_1", Guest: true},
		Items: []pricing.ItemRequest{{SKU: "latte", Quantity: 1}},
	}, nil)
	if err != nil {
		return signedNews{}, err
	}
	p := outcome.Subject.LastPayment()
	body := fmt.Sprintf(`{"outerOrder":"%s","preSn":"%s","txId":"PAYH%s","actionType":"ACQUIRER_PAY","orderAmount":4.5,"orderCurrency":"USD","billAmount":4.45,"billCoin":"USD","orderStatus":2}`,
		p.RequestID, p.WalletPaymentID, p.RequestID)
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	signature, err := w.theirs.Sign(context.Background(), []byte(benchAppKey+"."+stamp+"."+body))
	return signedNews{body, http.Header{
		"X-R-Ts": {stamp}, "X-R-Key-Version": {"1"}, "X-R-Signature": {base64.StdEncoding.EncodeToString(signature)},
	}}, err
}

func (w *redotpayBench) notify(news signedNews) error {
	return w.send(w.till+"/notify/redotpay", news.body, http.StatusOK, news.header)
}

// rates runs b.N of each, in turn, and returns how many a second there were.
func (w *redotpayBench) rates(b *testing.B, runs ...func(i int) error) (rates [3]float64) {
	var took [3]time.Duration
	b.ResetTimer()
	for from := 0; from < b.N; from += benchBlock {
		for kind, run := range runs {
			took[kind] += block(b, from, min(b.N, from+benchBlock), run)
		}
	}
	for kind := range rates {
		rates[kind] = float64(b.N) / took[kind].Seconds()
	}
	return rates
}
