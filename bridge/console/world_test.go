package console

import (
	"context"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

const (
	public   = "http://127.0.0.1:8080"
	password = "correct horse battery"
)

// purse is a wallet that executes every call.
type purse struct {
	status  wallet.Status
	refuses bool // refunds
	calls   []string
}

func (p *purse) payment(ref wallet.Ref) wallet.Payment {
	return wallet.Payment{Ref: ref, Status: p.status, Amount: usd(450)}
}

func (p *purse) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	made := p.payment(wallet.Ref{RequestID: req.RequestID, PaymentID: "W" + req.RequestID})
	made.Action = &wallet.Action{Type: wallet.ActionRedirect, URL: "https://wallet.example/pay"}
	return made, nil
}

func (p *purse) QueryPayment(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return p.payment(ref), nil
}

func (p *purse) Capture(_ context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	p.calls, p.status = append(p.calls, "capture "+req.Amount.Decimal()), wallet.Paid
	paid := p.payment(req.Payment)
	paid.Amount = req.Amount
	return paid, nil
}

func (p *purse) Void(_ context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	p.calls, p.status = append(p.calls, "void"), wallet.Voided
	return p.payment(req.Payment), nil
}

func (p *purse) Cancel(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	p.calls, p.status = append(p.calls, "cancel"), wallet.Canceled
	return p.payment(ref), nil
}

func (p *purse) Refund(_ context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	p.calls = append(p.calls, "refund "+req.Amount.Decimal())
	if p.refuses {
		return wallet.Refund{}, &fault.Error{Kind: fault.Declined, Op: "purse", Code: "TOO_OLD", Detail: "The payment is too old."}
	}
	return wallet.Refund{RefundRef: wallet.RefundRef{RefundID: "R"}, Status: wallet.RefundSucceeded, Amount: req.Amount}, nil
}

var (
	_ wallet.Capturer = (*purse)(nil)
	_ wallet.Voider   = (*purse)(nil)
	_ wallet.Canceler = (*purse)(nil)
	_ wallet.Refunder = (*purse)(nil)
)

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

// world is a console over an engine with the apps shop and club.
type world struct {
	*testing.T
	clock     *testclock.Clock
	limit     int64 // of the refunds of an order of the shop; zero: none
	store     *memstore.Store
	purse     *purse // of shop
	engine    *engine.Engine
	operators *operator.Service
	console   *Console
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newLimitedWorld(t, 0)
}

// newLimitedWorld is a world in which refunds of the shop wait above a limit.
func newLimitedWorld(t *testing.T, limit int64) *world {
	t.Helper()
	w := &world{T: t, limit: limit, clock: testclock.New(), store: memstore.New(), purse: &purse{status: wallet.Pending}}
	sealer, err := signing.NewSealer(signing.GenerateSealingKey())
	if err != nil {
		t.Fatal(err)
	}
	w.engine, err = engine.New(engine.Config{
		Store: w.store, PublicURL: public, Now: w.clock.Now, Sealer: sealer,
		Wallets: map[string]wallet.Wallet{"purse": w.purse, "pouch": &purse{status: wallet.Paid}},
		Apps: []engine.App{{Name: "shop", Wallets: []string{"purse"}, Approvals: engine.Approvals{
			Limits: map[wallet.Currency]refund.Limit{"USD": {Order: w.limit}},
		}}, {Name: "club", Wallets: []string{"pouch"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.operators = operator.New(operator.Config{Store: w.store, Sealer: sealer, Now: w.clock.Now})
	w.console = New(Config{
		Engine: w.engine, Store: w.store, Operators: w.operators, PublicURL: public, Now: w.clock.Now,
		Apps: []App{{Name: "shop", Title: "The shop"}, {Name: "club", Zone: time.FixedZone("Asia/Manila", 8*3600)}},
	})
	return w
}

// order makes an order of an app, with a payment at its wallet.
func (w *world) order(app string) bridge.Order {
	w.Helper()
	w.clock.Advance(time.Millisecond)
	made, err := w.engine.CreateOrder(w.Context(), engine.OrderRequest{
		App: app, Price: &pricing.Price{Amount: usd(450), Description: "Two <b>coffees</b>", Reference: "R-" + app}, Source: bridge.FromMerchant,
		Payer: bridge.Payer{ID: "payer-7"},
	}, nil)
	if err != nil {
		w.Fatal(err)
	}
	return made.Subject
}

// paid makes a paid order of the shop.
func (w *world) paid() bridge.Order {
	w.Helper()
	w.purse.status = wallet.Paid
	return w.order("shop")
}

func (w *world) again(id bridge.OrderID) bridge.Order {
	w.Helper()
	o, err := w.engine.Order(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// browser is a browser that is signed in, or one without a session.
type browser struct {
	*world
	token string
}

// signedIn is the browser of a new operator with roles in the shop; a role such as
// "finance@club" is of another app.
func (w *world) signedIn(name string, roles ...string) *browser {
	w.Helper()
	var grants []operator.Grant
	for _, role := range roles {
		role, app, found := strings.Cut(role, "@")
		if !found {
			app = "shop"
		}
		grants = append(grants, operator.Grant{App: app, Role: operator.Role(role)})
	}
	token, _, err := w.operators.SignInIdentity(w.Context(), operator.Identity{Issuer: "test", Subject: name, Name: name, Grants: grants})
	if err != nil {
		w.Fatal(err)
	}
	return &browser{w, token}
}

// answer is a page.
type answer struct {
	*httptest.ResponseRecorder
	world *world
}

func (b *browser) send(method, path string, form url.Values, headers ...string) answer {
	b.Helper()
	r := httptest.NewRequest(method, public+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if b.token != "" {
		r.AddCookie(&http.Cookie{Name: "minitill_console", Value: b.token})
	}
	rec := httptest.NewRecorder()
	b.console.ServeHTTP(rec, r)
	return answer{rec, b.world}
}

func (b *browser) get(path string) answer { b.Helper(); return b.send("GET", path, nil) }

// post sends a form of names and values in turn.
func (b *browser) post(path string, pairs ...string) answer {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return b.send("POST", path, form)
}

// want checks the status and that the page has texts.
func (a answer) want(status int, texts ...string) answer {
	a.world.Helper()
	if a.Code != status {
		a.world.Fatalf("got %d, want %d: %s", a.Code, status, a.text())
	}
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			a.world.Errorf("the page lacks %q: %s", text, a.text())
		}
	}
	return a
}

// lacks checks that the page has none of the texts.
func (a answer) lacks(texts ...string) answer {
	a.world.Helper()
	for _, text := range texts {
		if strings.Contains(a.Body.String(), text) {
			a.world.Errorf("the page has %q", text)
		}
	}
	return a
}

var tags = regexp.MustCompile(`<[^>]*>`)

// text is what a person reads, about.
func (a answer) text() string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(a.Body.String(), " "))), " ")
}

var field = regexp.MustCompile(`name="(key|version)" value="([^"]*)"`)

// form is the key and version of the forms of an order's page, as names and values.
func (a answer) form(pairs ...string) []string {
	a.world.Helper()
	found := map[string]string{}
	for _, m := range field.FindAllStringSubmatch(a.Body.String(), -1) {
		found[m[1]] = m[2]
	}
	if found["key"] == "" || found["version"] == "" {
		a.world.Fatalf("the page has no form: %s", a.text())
	}
	return append([]string{"key", found["key"], "version", found["version"]}, pairs...)
}

func (w *world) audit() []store.AuditEntry {
	w.Helper()
	list, err := w.store.AuditEntries(w.Context(), store.AuditQuery{Limit: 100})
	if err != nil {
		w.Fatal(err)
	}
	return list
}

// deaf is a store that takes no audit entries.
type deaf struct{ operator.Store }

func (deaf) AddAuditEntry(context.Context, store.AuditEntry) error {
	return fault.New(fault.Unavailable, "test", "The store is down.")
}

// failing is the service on a deaf store.
func failing(w *world) *operator.Service {
	return operator.New(operator.Config{Store: deaf{w.store}, Now: w.clock.Now})
}
