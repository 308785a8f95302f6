package miniapp

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

func TestThePayerWhomTheHostKnowsGetsTheSession(t *testing.T) {
	notSignedIn := fault.New(fault.Unauthenticated, "shop", "Sign in first.")
	for name, test := range map[string]struct {
		host  func(*http.Request) (bridge.Payer, error)
		code  string
		known bool
		want  signing.Session
		err   error
	}{
		"a customer of the host": {
			host:  func(r *http.Request) (bridge.Payer, error) { return bridge.Payer{ID: r.Header.Get("User")}, nil },
			known: true, want: signing.Session{Wallet: "purse", Payer: "ann", Guest: true},
		},
		"a customer of the session's wallet": {
			host:  func(*http.Request) (bridge.Payer, error) { return bridge.Payer{ID: "2088", Wallet: "purse"}, nil },
			known: true, want: signing.Session{Wallet: "purse", Payer: "2088"},
		},
		"the id of a customer of another wallet goes to no wallet": {
			host:  func(*http.Request) (bridge.Payer, error) { return bridge.Payer{ID: "2088", Wallet: "other"}, nil },
			known: true, want: signing.Session{Wallet: "purse", Payer: "2088", Guest: true},
		},
		"a visitor whom the host does not know": {
			host: func(*http.Request) (bridge.Payer, error) { return bridge.Payer{}, nil },
			want: signing.Session{Wallet: "purse"},
		},
		"a host that refuses": {
			host: func(*http.Request) (bridge.Payer, error) { return bridge.Payer{ID: "ann"}, notSignedIn },
			want: signing.Session{Wallet: "purse"}, err: notSignedIn,
		},
		"an auth code takes precedence": {
			host: func(*http.Request) (bridge.Payer, error) { return bridge.Payer{ID: "ann"}, nil },
			code: "code", want: signing.Session{Wallet: "purse"},
		},
		"a till without a host": {want: signing.Session{Wallet: "purse"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/sessions", http.NoBody)
			r.Header.Set("User", "ann")
			got := signing.Session{Wallet: "purse"}
			method, err := (&API{payer: test.host}).recognize(r, &got, test.code)
			known := method == ByHost && err == nil
			if known != test.known || got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %v, %+v, %v, want %v, %+v, %v", known, got, err, test.known, test.want, test.err)
			}
		})
	}
}
