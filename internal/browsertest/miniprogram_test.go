package browsertest

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"testing"
)

// TestMiniProgram pays at simulated wallets with the real till, in a page that plays
// the app around a mini program.
func TestMiniProgram(t *testing.T) {
	need(t)
	run(t, "miniprogram.mjs", "SUPERAPP_URL="+openSuperApp(t))
}

// superApp serves a super app's page: a mini program in a container, for each wallet.
type superApp struct {
	Till     string              `json:"till"`
	Accounts map[string]*account `json:"accounts"`
}

// openSuperApp starts the wallets, the till and the app, and returns the app's URL.
func openSuperApp(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s := &superApp{Accounts: map[string]*account{}}
	for _, a := range []*account{
		{Name: "generic-v2", Profile: "generic-v2", Currency: "USD", Price: "4.50"},
		{Name: "gcash", Profile: "gcash", Currency: "PHP", Price: "165"},
		{Name: "tng", Profile: "tng", Currency: "MYR", Price: "12.90"},
		{Name: "superqi", Profile: "superqi", Currency: "IQD", Price: "4500.250"},
		{Name: "vodapay", Profile: "vodapay", Currency: "ZAR", Price: "42.50"},
		{Name: "superqi-hold", Profile: "superqi", Currency: "IQD", Price: "4500.250", Hold: true},
	} {
		a.open(t, server.URL)
		s.Accounts[a.Name] = a
	}
	s.Till = serveTill(t, s.config(t, server.URL))
	s.mount(mux)
	return server.URL
}

// config is the till's configuration for all accounts.
func (s *superApp) config(t *testing.T, origin string) map[string]any {
	t.Helper()
	folder, apps, wallets := t.TempDir(), map[string]any{}, map[string]any{}
	for name, a := range s.Accounts {
		apps[name], wallets[name] = a.app(t, folder, origin), a.wallet(t)
	}
	return map[string]any{
		"listen": "127.0.0.1:0", "data": folder, "apps": apps, "wallets": wallets,
		"limits": map[string]any{"ordersPerMinute": 10_000, "sessionsPerMinute": 10_000},
		"log":    map[string]any{"level": "error"},
	}
}

func (s *superApp) mount(mux *http.ServeMux) {
	mux.Handle("GET /superapp/", http.FileServerFS(os.DirFS(".")))
	mux.HandleFunc("GET /superapp.json", func(w http.ResponseWriter, _ *http.Request) { writeBody(w, s) })
	mux.HandleFunc("GET /in/{account}/program", s.showProgram)
	mux.HandleFunc("GET /in/{account}/authcode", s.passOn)
	mux.HandleFunc("GET /in/{account}/customer", func(w http.ResponseWriter, r *http.Request) {
		id, err := s.Accounts[r.PathValue("account")].customer(r.Context(), r.FormValue("user"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		writeBody(w, id)
	})
	mux.HandleFunc("GET /in/{account}/requests", func(w http.ResponseWriter, r *http.Request) {
		writeBody(w, s.Accounts[r.PathValue("account")].requests(r.FormValue("order")))
	})
}

var programPage = template.Must(template.ParseFiles("superapp/program.html"))

func (s *superApp) showProgram(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = programPage.Execute(w, map[string]any{"Till": s.Till, "Account": s.Accounts[r.PathValue("account")]})
}

// passOn calls the wallet as the container's native part does.
func (s *superApp) passOn(w http.ResponseWriter, r *http.Request) {
	target, err := url.Parse(s.Accounts[r.PathValue("account")].URL)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	proxy := httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.Out.URL.Path = "/authcode"
		p.SetURL(target)
	}}
	proxy.ServeHTTP(w, r)
}

func writeBody(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
