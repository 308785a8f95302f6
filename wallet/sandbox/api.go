package sandbox

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The calls, below the base URL.
const (
	pathCreate      = "/v1/payments"
	pathChoose      = "/v1/payments/choose"
	pathQuery       = "/v1/payments/query"
	pathCancel      = "/v1/payments/cancel"
	pathCapture     = "/v1/payments/capture"
	pathVoid        = "/v1/payments/void"
	pathRefund      = "/v1/refunds"
	pathRefundQuery = "/v1/refunds/query"
	pathExchange    = "/v1/auth/exchange"
	pathAgreement   = "/v1/agreements"
	pathSign        = "/v1/agreements/sign"
	pathRenew       = "/v1/agreements/renew"
	pathEnd         = "/v1/agreements/end"
)

// named begins a body with the ids of a payment that are known.
func named(o wire.Object, ref wallet.Ref) wire.Object {
	return o.Text("requestId", ref.RequestID).Text("paymentId", ref.PaymentID)
}

func encodeCreate(req wallet.PaymentRequest) []byte {
	o := wire.NewObject().
		Text("requestId", req.RequestID).
		Text("order", req.Order).
		Amount("amount", req.Amount).
		Text("description", req.Description).
		Text("payerId", req.Payer.ID).
		Text("method", req.Method).
		Text("agreement", string(req.Agreement)).
		Flag("hold", req.Hold)
	if !req.ExpiresAt.IsZero() {
		o = o.Int("expiresAt", req.ExpiresAt.UnixMilli())
	}
	return o.Text("returnUrl", req.ReturnURL).Text("notifyUrl", req.NotifyURL).End()
}

// amountJSON is money on the wire.
type amountJSON struct {
	Currency wallet.Currency `json:"currency"`
	Value    string          `json:"value"`
}

// money reads an amount; an absent one is zero.
func (a *amountJSON) money() (wallet.Money, error) {
	if a == nil {
		return wallet.Money{}, nil
	}
	return wallet.ParseMinor(a.Currency, a.Value)
}

// refusalJSON is a refusal; its members are beside those of an answer.
type refusalJSON struct {
	Code       string `json:"code"`
	Message    string `json:"message"`
	RetryAfter int64  `json:"retryAfter"` // milliseconds
}

type paymentJSON struct {
	PaymentID  string          `json:"paymentId"`
	RequestID  string          `json:"requestId"`
	Status     string          `json:"status"`
	Amount     *amountJSON     `json:"amount"`
	Captured   *amountJSON     `json:"captured"`
	PaymentURL string          `json:"paymentUrl"`
	Methods    []wallet.Method `json:"methods"`
	Method     string          `json:"method"`
	OtherIDs   []string        `json:"otherIds"`
	ExpiresAt  instant         `json:"expiresAt"`
	UpdatedAt  instant         `json:"updatedAt"`
	refusalJSON
}

type refundJSON struct {
	RefundID        string      `json:"refundId"`
	RefundRequestID string      `json:"refundRequestId"`
	PaymentID       string      `json:"paymentId"`
	RequestID       string      `json:"requestId"`
	Status          string      `json:"status"`
	Amount          *amountJSON `json:"amount"`
	UpdatedAt       instant     `json:"updatedAt"`
	refusalJSON
}

type payerJSON struct {
	CustomerID string `json:"customerId"`
	Name       string `json:"name"`
	refusalJSON
}

// noticeJSON is one event, or a list of events, or both.
type noticeJSON struct {
	newsJSON
	Events []json.RawMessage `json:"events"`
}

type newsJSON struct {
	EventID   string         `json:"eventId"`
	Type      string         `json:"type"`
	Payment   *paymentJSON   `json:"payment"`
	Refund    *refundJSON    `json:"refund"`
	Agreement *agreementJSON `json:"agreement"`
}

// instant is a time in a message: Unix milliseconds, of which 0 is none. Integers outside the
// calendar are accepted too, so that they do not make a whole message unreadable.
type instant struct {
	time   time.Time
	beyond bool // the time is outside the years 1 to 9999
}

// UnmarshalJSON reads an integer of any length.
func (i *instant) UnmarshalJSON(text []byte) (err error) {
	if string(text) == "null" {
		return nil
	}
	i.time, err = wire.Unix(wire.Literal(text), time.Millisecond)
	i.beyond = errors.Is(err, wire.ErrCalendar)
	if i.beyond {
		return nil
	}
	return err
}
