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
	away := fault.New(fault.Unauthenticated, "shop", "Sign in first.")
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
		"a customer of another wallet is told to none": {
			host:  func(*http.Request) (bridge.Payer, error) { return bridge.Payer{ID: "2088", Wallet: "other"}, nil },
			known: true, want: signing.Session{Wallet: "purse", Payer: "2088", Guest: true},
		},
		"nobody whom the host knows": {
			host: func(*http.Request) (bridge.Payer, error) { return bridge.Payer{}, nil },
			want: signing.Session{Wallet: "purse"},
		},
		"a host that refuses": {
			host: func(*http.Request) (bridge.Payer, error) { return bridge.Payer{ID: "ann"}, away },
			want: signing.Session{Wallet: "purse"}, err: away,
		},
		"an auth code says more": {
			host: func(*http.Request) (bridge.Payer, error) { return bridge.Payer{ID: "ann"}, nil },
			code: "code", want: signing.Session{Wallet: "purse"},
		},
		"a till without a host": {want: signing.Session{Wallet: "purse"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/sessions", http.NoBody)
			r.Header.Set("User", "ann")
			got := signing.Session{Wallet: "purse"}
			known, err := (&API{payer: test.host}).recognize(r, &got, test.code)
			if known != test.known || got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %v, %+v, %v, want %v, %+v, %v", known, got, err, test.known, test.want, test.err)
			}
		})
	}
}
