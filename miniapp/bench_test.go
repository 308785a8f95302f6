package miniapp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/minitill/minitill/bridge"
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
	o := w.engine.newOrder("shop", bridge.Payer{ID: ann, Wallet: "sandbox", Guest: true})
	for name, token := range map[string]string{"session": w.session(ann), "order": w.orderToken(o)} {
		b.Run(name, func(b *testing.B) {
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
