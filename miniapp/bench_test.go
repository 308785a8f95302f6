package miniapp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// sink is a response whose body is discarded.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkStatus is the hot path without its store: one token, one answer.
func BenchmarkStatus(b *testing.B) {
	w := newWorld(b)
	payer := bridge.Payer{ID: ann, Wallet: "sandbox", Guest: true}
	o, final := w.engine.newOrder("shop", payer), w.engine.settle(w.engine.newOrder("shop", payer), wallet.Paid)
	for _, bench := range []struct {
		name, token string
		order       bridge.Order
	}{
		{"session", w.session(ann), o}, {"order", w.orderToken(o), o},
		{"session, final", w.session(ann), final}, {"order, final", w.orderToken(final), final},
	} {
		o, token := bench.order, bench.token
		b.Run(bench.name, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/miniapp/v1/orders/"+string(o.ID), nil)
			r.Header.Set("Authorization", token)
			b.ReportAllocs()
			for b.Loop() {
				s := &sink{header: http.Header{}}
				w.handler.ServeHTTP(s, r)
				if s.status != 200 {
					b.Fatal(s.status)
				}
			}
		})
	}
}
