package engine_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/storetest"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

// chooses lets the payer of an order choose a method, and returns where that leads.
func (s *storm) chooses(o bridge.Order, method string) *wallet.Action {
	s.Helper()
	outcome, err := s.engine.Pay(s.Context(), o.ID, bridge.PayRequest{Method: method, Source: bridge.FromClient}, nil)
	if err != nil {
		s.Fatalf("choosing %s: %v", method, err)
	}
	p := outcome.Subject.LastPayment()
	if p.Method != method || len(outcome.Subject.Payments) != 1 {
		s.Errorf("the payment is %d by method %q, want the first by %s", p.Number, p.Method, method)
	}
	return outcome.Subject.Action()
}

// openAPI is a storm without faults whose payers choose among methods, of which the first is
// not manual, and the methods that payment-method was called for.
func openAPI(t *testing.T) (s *storm, fetched func() []string) {
	var mu sync.Mutex
	var bodies []string
	s = newRedotPay(t, 1, func(c *simulator.Config) {
		c.Methods = simulator.DefaultMethods
		c.OnRequest = func(endpoint string, body []byte) {
			mu.Lock()
			defer mu.Unlock()
			if endpoint == "payment-method" {
				_, method, _ := strings.Cut(string(body), `"paymentMethodId":`)
				bodies = append(bodies, strings.Trim(method, `"}`))
			}
		}
	}, func(c *redotpay.Config) { c.Flow = "openApi" })
	return s, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(bodies)
	}
}

func TestAMethodThatIsNotManualIsChosenAgainWithoutACallAlsoAfterARestart(t *testing.T) {
	all := map[string]func(testing.TB) opener{"memory": func(testing.TB) opener {
		store := memstore.New()
		return func() storetest.Store { return store }
	}}
	for name, open := range stores {
		all[name] = open
	}
	for name, open := range all {
		t.Run(name, func(t *testing.T) {
			s, fetched := openAPI(t)
			again := open(t)
			s.config.Store = again()
			s.restart()
			o := s.ordered()
			first := s.chooses(o, "1")
			for _, method := range []string{"2", "1", "3", "1", "2", "1"} {
				s.config.Store = again()
				s.restart()
				got := s.chooses(o, method)
				if shown := got.Content + got.URL; !strings.Contains(shown, "method="+method) {
					t.Errorf("method %s leads to %+v", method, got)
				}
				if method == "1" && (got.Type != first.Type || got.Content != first.Content || got.URL != first.URL) {
					t.Errorf("chosen again, method 1 leads to %+v, want %+v", got, first)
				}
			}
			if got := fetched(); !slices.Equal(got, []string{"2", "3", "2"}) {
				t.Errorf("payment-method was called for %q, want the manual methods alone", got)
			}
			s.pays(o, "pay")
			if got := s.stands(o, "once it is paid,", wallet.Paid); got.LastPayment().Places != nil {
				t.Errorf("a paid payment keeps the places %+v", got.LastPayment().Places)
			}
		})
	}
}

// A wallet that is down is not needed for what it has answered before.
func TestAMethodThatIsNotManualIsChosenWhileRedotPayIsDown(t *testing.T) {
	s, _ := openAPI(t)
	o := s.ordered()
	s.inject("server_error", "", 0, 0)
	if got := s.chooses(o, "1"); got.Type != wallet.ActionQR || got.URL == "" {
		t.Errorf("method 1 leads to %+v, want its QR code and link", got)
	}
	if _, err := s.engine.Pay(t.Context(), o.ID, bridge.PayRequest{Method: "2", Source: bridge.FromClient}, nil); err == nil {
		t.Error("a manual method was chosen at a server that fails")
	}
	s.clear()
	if got := s.chooses(o, "2"); !strings.Contains(got.Content, "method=2") {
		t.Errorf("method 2 leads to %+v", got)
	}
}
