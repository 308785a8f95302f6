package miniapp

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

const jsonType = "application/json; charset=utf-8"

// checkoutAnswer is an order and how to pay it.
type checkoutAnswer struct {
	Order      bridge.OrderView `json:"order"`
	Action     *wallet.Action   `json:"action"` // null when there is nothing left to do
	OrderToken string           `json:"orderToken,omitempty"`
}

// statusAnswer is an order as the server knows it.
type statusAnswer struct {
	Order   bridge.OrderView `json:"order"`
	Receipt string           `json:"receipt,omitempty"` // of a final order
}

// send writes an answer.
func send(c *gin.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, "miniapp.send", err)
	}
	write(c.Writer, status, jsonType, body)
	return nil
}

// sendOutcome writes the answer that is kept with a request's key, or renders one.
func (a *API) sendOutcome(c *gin.Context, outcome bridge.Outcome[bridge.Order]) {
	answer := outcome.Answer
	if answer == nil {
		rendered := a.renderer(problem.RequestID(c.Writer))(outcome.Subject, nil)
		answer = &rendered
	}
	contentType := jsonType
	if answer.Status >= http.StatusBadRequest {
		contentType = problem.ContentType
	}
	write(c.Writer, answer.Status, contentType, answer.Body)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a caller who went away is no mistake of ours
}

// renderer makes the answer to a request for a payment. What it makes may be kept and
// sent again, so it holds the id of the request that was first.
func (a *API) renderer(requestID string) func(bridge.Order, error) bridge.Answer {
	return func(o bridge.Order, err error) bridge.Answer {
		var body []byte
		if err == nil {
			body, err = json.Marshal(a.checkout(&o))
		}
		if err != nil {
			d := problem.Of(err, a.problems.Base, requestID)
			return bridge.Answer{Status: d.Status, Body: d.JSON()}
		}
		return bridge.Answer{Status: http.StatusCreated, Body: body}
	}
}

func (a *API) checkout(o *bridge.Order) checkoutAnswer {
	return checkoutAnswer{Order: o.View(bridge.ForClient), Action: Drawn(o.Action()), OrderToken: a.orderToken(o)}
}

// orderToken opens one order. Without it the session's token still does, so an order
// is not lost over it.
func (a *API) orderToken(o *bridge.Order) string {
	token, _, err := a.tokens.IssueOrder(ClaimsOf(o))
	if err != nil {
		a.log.Error("no order token", "order", o.ID, "fault", err)
	}
	return token
}

// ClaimsOf is what a token for an order says.
func ClaimsOf(o *bridge.Order) signing.OrderClaims {
	claims := signing.OrderClaims{
		App: o.App, Payer: o.Payer.ID, Order: string(o.ID),
		Currency: string(o.Amount.Currency), Value: o.Amount.Value(),
	}
	if p := o.LastPayment(); p != nil {
		claims.Wallet, claims.Payment = p.Wallet, o.ID.PaymentID(p.Number)
	}
	return claims
}
