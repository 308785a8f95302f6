package simulator

import (
	"cmp"
	"net/http"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// command is the body of a command of /control.
type command struct {
	RequestID       string `json:"requestId"`
	Outcome         string `json:"outcome"`
	RefundRequestID string `json:"refundRequestId"`
	Approve         bool   `json:"approve"`
	User            string `json:"user"`
	AuthURL         string `json:"authUrl"`
}

// newControl offers the provider's methods over HTTP, for tests by other programs on a
// developer's own machine, beside fault injection:
//
//	POST   /control/settle      {requestId, outcome}
//	POST   /control/reverse     {requestId}
//	POST   /control/secondcharge {requestId}
//	POST   /control/refunds     {refundRequestId, approve}
//	POST   /control/authcode    {user} → {authCode}
//	POST   /control/signcode    {authUrl, user} → {authCode}
//	POST   /control/deliver     {} → {attempts}
//	GET    /control/books?requestId=
//	GET    /control/deliveries?requestId=
func (p *Provider) newControl() *provider.Control {
	return &provider.Control{
		Faults: p.faults,
		Status: func(error) int { return http.StatusNotFound },
		Actions: map[string]provider.Action{
			"GET books":         query(func(requestID string) any { return p.Books(requestID) }),
			"GET deliveries":    query(func(requestID string) any { return map[string]any{"deliveries": p.Deliveries(requestID)} }),
			"POST settle":       order(func(c command) error { return p.Settle(c.RequestID, c.Outcome) }),
			"POST reverse":      order(func(c command) error { return p.Reverse(c.RequestID) }),
			"POST refunds":      order(func(c command) error { return p.DecideRefund(c.RefundRequestID, c.Approve) }),
			"POST secondcharge": order(func(c command) error { return p.SecondCharge(c.RequestID) }),
			"POST authcode": provider.Command(func(_ *http.Request, _ string, c command) (any, error) {
				return map[string]string{"authCode": p.AuthCode(cmp.Or(c.User, visitor))}, nil
			}),
			"POST signcode": provider.Command(func(_ *http.Request, _ string, c command) (any, error) {
				code, err := p.SigningCode(c.AuthURL, cmp.Or(c.User, visitor))
				return map[string]string{"authCode": code}, err
			}),
			"POST deliver": func(r *http.Request, _ string, _ []byte) (any, error) {
				return map[string]int{"attempts": p.RunOnce(r.Context())}, nil
			},
		},
	}
}

func query(find func(requestID string) any) provider.Action {
	return func(r *http.Request, _ string, _ []byte) (any, error) {
		return find(r.URL.Query().Get("requestId")), nil
	}
}

func order(obey func(command) error) provider.Action {
	return provider.Command(func(_ *http.Request, _ string, c command) (any, error) { return map[string]string{}, obey(c) })
}
