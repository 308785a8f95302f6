package simulator

import (
	"net/http"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// control offers the provider's methods over HTTP, for tests in other languages.
func (p *Provider) control() provider.Control {
	return provider.Control{Faults: p.faults, Actions: map[string]provider.Action{
		"POST settle": provider.Command(func(_ *http.Request, _ string, input struct{ RequestID, Outcome string }) (any, error) {
			err := p.Settle(input.RequestID, input.Outcome)
			return p.Books(input.RequestID), err
		}),
		"POST secondcharge": provider.Command(func(_ *http.Request, _ string, input struct{ RequestID string }) (any, error) {
			err := p.SecondCharge(input.RequestID)
			return p.Books(input.RequestID), err
		}),
		"POST refunds": provider.Command(func(_ *http.Request, _ string, input struct {
			RefundRequestID string
			Approve         bool
		}) (any, error) {
			return map[string]bool{"approved": input.Approve}, p.DecideRefund(input.RefundRequestID, input.Approve)
		}),
		"POST cards": provider.Command(func(_ *http.Request, _ string, input struct {
			Reference   string
			Amount      int64
			CallBackURL string
		}) (any, error) {
			return map[string]string{"paymentId": p.OpenCard(input.Reference, input.Amount, input.CallBackURL)}, nil
		}),
		"POST deliver": provider.Command(func(r *http.Request, _ string, _ struct{}) (any, error) {
			return map[string]int{"attempts": p.RunOnce(r.Context())}, nil
		}),
		"GET books": func(r *http.Request, _ string, _ []byte) (any, error) {
			return p.Books(r.URL.Query().Get("requestId")), nil
		},
		"GET deliveries": func(*http.Request, string, []byte) (any, error) {
			return map[string][]provider.Attempt{"deliveries": p.Attempts()}, nil
		},
	}}
}
