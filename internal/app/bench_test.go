package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// The benchmarks of the hot paths, each beside a bare Gin handler that does the same
// signature and the same SQL through the same group commit, in turn within one run.
// The ratio is what counts; the figures beside it are of this machine and moment.

const (
	benchConnections = 16
	benchBlock       = 800 // requests of one kind before the other has its turn
)

func BenchmarkRatioCreate(b *testing.B) {
	w := newBenchWorld(b)
	body := `{"items":[{"sku":"latte","quantity":1}],"wallet":"sandbox"}`
	w.compare(b,
		func(i int) error {
			return w.send(w.till+"/miniapp/v1/orders", body, http.StatusCreated, http.Header{
				"Authorization": {"Bearer " + w.session}, "Idempotency-Key": {strconv.Itoa(i)},
			})
		},
		func(i int) error {
			return w.send(w.bare+"/orders", body, http.StatusCreated, http.Header{
				"Authorization": {"Bearer " + w.session}, "Idempotency-Key": {strconv.Itoa(i)},
			})
		})
}

func BenchmarkRatioNotify(b *testing.B) {
	w := newBenchWorld(b)
	orders := w.orders(b, b.N)
	w.compare(b,
		func(i int) error { return w.notify(w.till+"/notify/sandbox", "/notify/sandbox", orders[i]) },
		func(i int) error { return w.notify(w.bare+"/notify/bare", "/notify/bare", orders[i]) })
}

func BenchmarkRatioStatus(b *testing.B) {
	w := newBenchWorld(b)
	orders := w.orders(b, 1000)
	header := http.Header{"Authorization": {"Bearer " + w.session}}
	w.compare(b,
		func(i int) error {
			return w.get(w.till+"/miniapp/v1/orders/"+string(orders[i%len(orders)].ID), header)
		},
		func(i int) error { return w.get(w.bare+"/orders/"+string(orders[i%len(orders)].ID), header) })
}

// benchWorld is a till and a bare handler over stores of their own, and a wallet that
// answers both at once.
type benchWorld struct {
	till, bare, session string
	engine              *engine.Engine
	raw                 *bareStore
	key                 *signing.HMAC
	client              *http.Client
}

func newBenchWorld(b *testing.B) *benchWorld {
	b.Helper()
	key, err := signing.NewHMAC("k1", signing.NewSecret(killKey))
	must(b, err)
	w := &benchWorld{key: key, client: benchClient()}
	far := serveBench(b, instantWallet(key))
	account := sandbox.Config{BaseURL: far, KeyID: "k1", Key: signing.NewSecret(killKey)}
	purse, err := account.Open(wallet.Env{Name: "sandbox", HTTP: benchClient()})
	must(b, err)
	catalog, err := pricing.ReadCatalog(strings.NewReader(`{"currency":"USD","items":[{"sku":"latte","name":"Latte","price":"4.50"}]}`))
	must(b, err)
	w.engine, err = engine.New(engine.Config{
		Store: openBench(b, "till.db"), Wallets: map[string]wallet.Wallet{"sandbox": purse},
		Pricer: catalog, PublicURL: "http://till.test",
	})
	must(b, err)
	tokens, err := signing.NewTokens(signing.GenerateKeyring().Config("http://till.test"))
	must(b, err)
	w.session, _, err = tokens.IssueSession(signing.Session{App: "default", Wallet: "sandbox", Payer: "guest_1", Guest: true})
	must(b, err)
	w.till = serveBench(b, server.New(w.engine, server.Config{Tokens: tokens, PublicURL: "http://till.test"}))
	w.raw = openBare(b)
	w.bare = serveBench(b, w.bareHandler(tokens, far))
	return w
}

func openBench(b *testing.B, name string) *sqlite.Store {
	b.Helper()
	store, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), name))
	must(b, err)
	b.Cleanup(func() { _ = store.Close() })
	return store
}

func benchClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 64, DisableCompression: true}}
}

func serveBench(b *testing.B, h http.Handler) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	srv := &http.Server{Handler: h}
	go func() { _ = srv.Serve(l) }()
	b.Cleanup(func() { _ = srv.Close() })
	return "http://" + l.Addr().String()
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// instantWallet opens every payment, with the signatures that the protocol requires.
func instantWallet(key *signing.HMAC) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var req struct {
			RequestID string          `json:"requestId"`
			Amount    json.RawMessage `json:"amount"`
		}
		_ = json.Unmarshal(body, &req)
		answer := fmt.Appendf(nil, `{"paymentId":"sp_%s","requestId":"%s","status":"PENDING","amount":%s,"paymentUrl":"http://wallet.test/cashier/%s?token=abc"}`,
			req.RequestID, req.RequestID, req.Amount, req.RequestID)
		stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
		w.Header().Set("Sandbox-Key", "k1")
		w.Header().Set("Sandbox-Timestamp", stamp)
		w.Header().Set("Sandbox-Signature", sign(key, stamp+"\nPOST\n/v1/payments\n200\n"+string(answer)))
		_, _ = w.Write(answer)
	})
}

func sign(key *signing.HMAC, message string) string {
	mac, _ := key.Sign(context.Background(), []byte(message))
	return base64.StdEncoding.EncodeToString(mac)
}

// bareHandler is the ceiling: the same signatures, the same rows, and nothing else.
func (w *benchWorld) bareHandler(tokens *signing.Tokens, far string) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	client := benchClient()
	router.POST("/orders", func(c *gin.Context) { w.bareCreate(c, tokens, client, far) })
	router.GET("/orders/:id", func(c *gin.Context) { w.bareStatus(c, tokens) })
	router.POST("/notify/bare", w.bareNotify)
	return router
}

var bareDoc = `{"id":"x","app":"default","status":"pending","amount":{"currency":"USD","value":"450","decimal":"4.50"},` +
	`"description":"` + strings.Repeat("y", 500) + `"}` // as long as an order's

func (w *benchWorld) bareCreate(c *gin.Context, tokens *signing.Tokens, client *http.Client, far string) {
	if _, err := tokens.ParseSession(strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer ")); err != nil {
		c.Status(http.StatusUnauthorized)
		return
	}
	ctx := c.Request.Context()
	body, _ := io.ReadAll(c.Request.Body)
	id, err := bridge.NewOrderID(time.Now(), rand.Reader)
	if err == nil {
		err = w.raw.Create(string(id), bareDoc)
	}
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	answer, err := w.bareCall(ctx, client, far, []byte(`{"requestId":"`+string(id)+`","amount":{"currency":"USD","value":"450"},"x":`+strconv.Quote(string(body))+`}`))
	if err == nil {
		err = w.raw.Update(string(id), 1, bareDoc, answer)
	}
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Data(http.StatusCreated, "application/json", answer)
}

// bareCall is one signed call whose answer's signature is checked.
func (w *benchWorld) bareCall(ctx context.Context, client *http.Client, far string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, far+"/v1/payments", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	req.Header.Set("Sandbox-Signature", sign(w.key, stamp+"\nPOST\n/v1/payments\n"+string(body)))
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	message := resp.Header.Get("Sandbox-Timestamp") + "\nPOST\n/v1/payments\n200\n" + string(answer)
	return answer, w.checkSignature(resp.Header, message)
}

func (w *benchWorld) checkSignature(h http.Header, message string) error {
	signature, err := base64.StdEncoding.DecodeString(h.Get("Sandbox-Signature"))
	if err != nil {
		return err
	}
	return w.key.Verify(context.Background(), "k1", []byte(message), signature)
}

func (w *benchWorld) bareNotify(c *gin.Context) {
	body, _ := io.ReadAll(c.Request.Body)
	err := w.checkSignature(c.Request.Header, c.GetHeader("Sandbox-Timestamp")+"\nPOST\n/notify/bare\n"+string(body))
	if err != nil {
		c.Status(http.StatusUnauthorized)
		return
	}
	var news struct {
		Payment struct{ RequestID string }
	}
	if err := json.Unmarshal(body, &news); err != nil {
		c.Status(http.StatusBadRequest)
		return
	}
	id := "ord_" + news.Payment.RequestID[:26]
	version, _, err := w.raw.Read(id)
	if err == nil {
		err = w.raw.Update(id, version, bareDoc, nil)
	}
	if err != nil {
		c.Status(http.StatusInternalServerError)
		return
	}
	c.Data(http.StatusOK, "application/json", []byte(`{"code":"OK"}`))
}

func (w *benchWorld) bareStatus(c *gin.Context, tokens *signing.Tokens) {
	if _, err := tokens.ParseSession(strings.TrimPrefix(c.GetHeader("Authorization"), "Bearer ")); err != nil {
		c.Status(http.StatusUnauthorized)
		return
	}
	_, doc, err := w.raw.Read(c.Param("id"))
	if err != nil {
		c.Status(http.StatusNotFound)
		return
	}
	c.Data(http.StatusOK, "application/json", doc)
}

// orders makes orders that wait for their payment, in both stores.
func (w *benchWorld) orders(b *testing.B, n int) []bridge.Order {
	b.Helper()
	orders := make([]bridge.Order, n)
	var all sync.WaitGroup
	for worker := range 32 {
		all.Go(func() {
			for i := worker; i < n; i += 32 {
				outcome, err := w.engine.CreateOrder(context.Background(), engine.OrderRequest{
					Channel: wallet.MiniProgram, Source: bridge.FromClient, Payer: bridge.Payer{ID: "guest_1", Guest: true},
					Items: []pricing.ItemRequest{{SKU: "latte", Quantity: 1}},
				}, nil)
				if err == nil {
					err = w.raw.Create(string(outcome.Subject.ID), bareDoc)
				}
				if err != nil {
					b.Error(err)
				}
				orders[i] = outcome.Subject
			}
		})
	}
	all.Wait()
	return orders
}

func (w *benchWorld) notify(address, path string, o bridge.Order) error {
	p := o.Payments[0]
	body := fmt.Sprintf(`{"eventId":"se_%s","sequence":2,"type":"payment","payment":{"paymentId":"%s","requestId":"%s","status":"PAID",`+
		`"amount":{"currency":"USD","value":"450"},"captured":{"currency":"USD","value":"450"}}}`, p.RequestID, p.WalletPaymentID, p.RequestID)
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	return w.send(address, body, http.StatusOK, http.Header{
		"Sandbox-Key": {"k1"}, "Sandbox-Timestamp": {stamp},
		"Sandbox-Signature": {sign(w.key, stamp+"\nPOST\n"+path+"\n"+body)},
	})
}

func (w *benchWorld) send(address, body string, want int, header http.Header) error {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	header.Set("Content-Type", "application/json")
	req.Header = header
	return w.expect(req, want)
}

func (w *benchWorld) get(address string, header http.Header) error {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header = header
	return w.expect(req, http.StatusOK)
}

func (w *benchWorld) expect(req *http.Request, want int) error {
	resp, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("answered %d, want %d: %s", resp.StatusCode, want, answer)
	}
	return err
}

// compare sends b.N requests to either side, in turn, and reports what share of the
// ceiling the till reaches.
func (w *benchWorld) compare(b *testing.B, till, bare func(i int) error) {
	var took [2]time.Duration
	latencies := make([]time.Duration, b.N)
	b.ResetTimer()
	for from := 0; from < b.N; from += benchBlock {
		to := min(b.N, from+benchBlock)
		took[0] += block(b, from, to, func(i int) error {
			began := time.Now()
			err := till(i)
			latencies[i] = time.Since(began)
			return err
		})
		took[1] += block(b, from, to, bare)
	}
	slices.Sort(latencies)
	n := float64(b.N)
	b.ReportMetric(n/took[0].Seconds(), "till/s")
	b.ReportMetric(n/took[1].Seconds(), "bare/s")
	b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "ratio")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op") // of both together, which has no meaning
}

func block(b *testing.B, from, to int, f func(i int) error) time.Duration {
	began := time.Now()
	var all sync.WaitGroup
	for worker := range benchConnections {
		all.Go(func() {
			for i := from + worker; i < to; i += benchConnections {
				if err := f(i); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}
