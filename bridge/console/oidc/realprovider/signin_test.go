package realprovider

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/console/oidc"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

// world is a console and a provider, each at an address of its own.
type world struct {
	*testing.T
	store     *memstore.Store
	operators *operator.Service
	console   string
	down      atomic.Bool // the provider
}

func server(t *testing.T) (*httptest.Server, *http.Handler) {
	handler := new(http.Handler)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler).ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	return srv, handler
}

func newWorld(t *testing.T, rules ...oidc.Rule) *world {
	t.Helper()
	w := &world{T: t, store: memstore.New()}
	far, provider := server(t)
	near, till := server(t)
	w.console = near.URL + console.Path
	callback := w.console + "oidc/callback"
	storage.RegisterClients(storage.WebClient("till", "provider-secret", callback))
	op := exampleop.SetupServer(far.URL+"/", storage.NewStorage(storage.NewUserStore(far.URL+"/")), slog.New(slog.DiscardHandler), false)
	*provider = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.down.Load() {
			http.Error(rw, "down", http.StatusBadGateway)
			return
		}
		op.ServeHTTP(rw, r)
	})
	e, err := engine.New(engine.Config{Store: w.store, PublicURL: near.URL, Wallets: map[string]wallet.Wallet{"purse": purse{}}, Apps: []engine.App{{Name: "shop", Wallets: []string{"purse"}}}})
	if err != nil {
		t.Fatal(err)
	}
	w.operators = operator.New(operator.Config{Store: w.store})
	*till = console.New(console.Config{
		Engine: e, Store: w.store, Operators: w.operators, PublicURL: near.URL, Apps: []console.App{{Name: "shop"}}, ProviderName: "Zitadel",
		Provider: oidc.New(oidc.Config{Issuer: far.URL + "/", ClientID: "till", ClientSecret: signing.NewSecret("provider-secret"), Redirect: callback, Rules: rules}),
	})
	return w
}

type purse struct{}

func (purse) CreatePayment(context.Context, wallet.PaymentRequest) (wallet.Payment, error) {
	return wallet.Payment{}, nil
}

func (purse) QueryPayment(context.Context, wallet.Ref) (wallet.Payment, error) {
	return wallet.Payment{}, nil
}

// browser keeps cookies and follows redirects; seen are the addresses that it came by.
type browser struct {
	*world
	http.Client
	seen []string
}

func (w *world) browser() *browser {
	jar, _ := cookiejar.New(nil)
	b := &browser{world: w}
	b.Client = http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		b.seen = append(b.seen, r.URL.String())
		return nil
	}}
	return b
}

func (b *browser) read(answer *http.Response, err error) (string, int) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	return string(text), answer.StatusCode
}

var requestID = regexp.MustCompile(`name="id" value="([^"]*)"`)

// signIn goes through the whole sign-in and returns the last page.
func (b *browser) signIn() (string, int) {
	b.Helper()
	answer, err := b.Get(b.console + "oidc/start")
	page, _ := b.read(answer, err)
	id := requestID.FindStringSubmatch(page)
	if id == nil {
		b.Fatalf("the provider shows no form: %s", page)
	}
	form := url.Values{"id": {id[1]}, "username": {"test-user@" + answer.Request.URL.Hostname()}, "password": {"verysecure"}}
	return b.read(b.PostForm(answer.Request.URL.String(), form))
}

func rule(person string, role operator.Role) oidc.Rule {
	return oidc.Rule{Person: person, Grant: operator.Grant{App: "shop", Role: role}}
}

func TestAPersonSignsInAtAProvider(t *testing.T) {
	w := newWorld(t, rule("test-user@zitadel.ch", operator.Finance), rule("somebody@else", operator.Admin))
	page, status := w.browser().signIn()
	if status != 200 || !strings.Contains(page, "<h1>Overview</h1>") {
		t.Fatalf("got %d: %s", status, page)
	}
	list, err := w.operators.Book.List(t.Context())
	if err != nil || len(list) != 1 || !list[0].May(operator.Refund, "shop") || list[0].May(operator.Keys, "shop") || list[0].Subject == "" {
		t.Errorf("the operators are %+v, %v", list, err)
	}
	if _, status := w.browser().signIn(); status != 200 {
		t.Errorf("again: got %d", status)
	}
	if list, _ := w.operators.Book.List(t.Context()); len(list) != 1 {
		t.Errorf("the second sign-in made another operator: %+v", list)
	}
}

func TestAPersonWithoutARoleIsRefusedAndRecorded(t *testing.T) {
	w := newWorld(t, rule("somebody@else", operator.Admin))
	page, status := w.browser().signIn()
	if status != 403 || !strings.Contains(page, "no role") {
		t.Errorf("got %d: %s", status, page)
	}
	log, err := w.store.AuditEntries(t.Context(), store.AuditQuery{Limit: 1})
	if err != nil || len(log) != 1 || log[0].Action != operator.SignInFailed {
		t.Errorf("the audit log has %+v, %v", log, err)
	}
}

func TestAnAnswerIsOfOneBrowserAndGoodOnce(t *testing.T) {
	w := newWorld(t, rule("test-user@zitadel.ch", operator.Finance))
	b := w.browser()
	if _, status := b.signIn(); status != 200 {
		t.Fatalf("got %d", status)
	}
	callback := ""
	for _, address := range b.seen {
		if strings.HasPrefix(address, w.console+"oidc/callback") {
			callback = address
		}
	}
	for name, from := range map[string]*browser{"the same browser": b, "another browser": w.browser()} {
		if page, status := from.read(from.Get(callback)); status != 403 {
			t.Errorf("%s, again: got %d: %s", name, status, page)
		}
	}
	other := w.browser()
	_, _ = other.read(other.Get(w.console + "oidc/start")) // which has a flow of its own
	if page, status := other.read(other.Get(callback)); status != 403 || !strings.Contains(page, "another browser") {
		t.Errorf("another sign-in's answer: got %d: %s", status, page)
	}
	if page, status := other.read(other.Get(w.console + "oidc/callback?error=access_denied")); status != 403 {
		t.Errorf("a refusal: got %d: %s", status, page)
	}
}

func TestAProviderThatIsDownStopsNothing(t *testing.T) {
	w := newWorld(t, rule("test-user@zitadel.ch", operator.Finance))
	w.down.Store(true)
	b := w.browser()
	if page, status := b.read(b.Get(w.console + "sign-in")); status != 200 || !strings.Contains(page, "Sign in with Zitadel") {
		t.Errorf("the sign-in page: got %d: %s", status, page)
	}
	if page, status := b.read(b.Get(w.console + "oidc/start")); status != 503 || !strings.Contains(page, "sign in by password") || !strings.Contains(page, `name="password"`) {
		t.Errorf("beginning: got %d: %s", status, page)
	}
	w.down.Store(false)
	if _, status := b.signIn(); status != 200 {
		t.Errorf("once it is back: got %d", status)
	}
}
