package simulator

import (
	"cmp"
	"encoding/json"

	"github.com/minitill/minitill/wallet"
)

// The wire types, as doc.go documents them.

type amountJSON struct {
	Currency wallet.Currency `json:"currency"`
	Value    string          `json:"value"`
}

func amountOf(currency wallet.Currency, minor int64) *amountJSON {
	return &amountJSON{currency, wallet.Money{Minor: minor, Currency: currency}.Value()}
}

// positive reads an amount that moves money, which is above zero.
func (a amountJSON) positive() (wallet.Money, *refusal) {
	if a.Currency.Valid() != nil {
		return wallet.Money{}, refuse("CURRENCY_NOT_SUPPORTED", "the currency is not supported")
	}
	money, err := wallet.ParseMinor(a.Currency, a.Value)
	if err != nil || !money.Positive() {
		return wallet.Money{}, refuse("INVALID_REQUEST", "amount.value must be a positive integer in minor units")
	}
	return money, nil
}

type createRequest struct {
	RequestID   string     `json:"requestId"`
	Order       string     `json:"order"`
	Amount      amountJSON `json:"amount"`
	Description string     `json:"description"`
	PayerID     string     `json:"payerId"`
	Method      string     `json:"method"`
	Agreement   string     `json:"agreement,omitempty"` // a token
	Hold        bool       `json:"hold"`
	ExpiresAt   int64      `json:"expiresAt"`
	ReturnURL   string     `json:"returnUrl"`
	NotifyURL   string     `json:"notifyUrl"`
}

type paymentRequest struct {
	RequestID string `json:"requestId"`
	PaymentID string `json:"paymentId"`
}

func (r paymentRequest) ref() paymentRequest { return r }

type chooseRequest struct {
	paymentRequest
	Method string `json:"method"`
}

type captureRequest struct {
	paymentRequest
	CaptureRequestID string     `json:"captureRequestId"`
	Amount           amountJSON `json:"amount"`
}

type voidRequest struct {
	paymentRequest
	VoidRequestID string `json:"voidRequestId"`
}

type refundRequest struct {
	paymentRequest
	RefundRequestID string     `json:"refundRequestId"`
	Amount          amountJSON `json:"amount"`
	Reason          string     `json:"reason"`
	NotifyURL       string     `json:"notifyUrl"`
}

type refundQuery struct {
	RefundRequestID string `json:"refundRequestId"`
	RefundID        string `json:"refundId"`
}

type exchangeRequest struct {
	Code string `json:"code"`
}

type agreementRequest struct {
	Reference   string      `json:"reference"`
	Title       string      `json:"title"`
	Description string      `json:"description"`
	Limit       *amountJSON `json:"limit"`
	Language    string      `json:"language"`
	NotifyURL   string      `json:"notifyUrl"`
}

type renewRequest struct {
	RefreshToken string `json:"refreshToken"`
}

type endRequest struct {
	Token string `json:"token"`
}

type agreementJSON struct {
	AgreementID      string          `json:"agreementId"`
	Reference        string          `json:"reference"`
	Status           agreementStatus `json:"status"`
	SignURL          string          `json:"signUrl,omitempty"`
	AuthCode         string          `json:"authCode,omitempty"`
	CustomerID       string          `json:"customerId,omitempty"`
	Name             string          `json:"name,omitempty"`
	Token            string          `json:"token,omitempty"`
	ExpiresAt        int64           `json:"expiresAt,omitempty"`
	RefreshToken     string          `json:"refreshToken,omitempty"`
	RefreshExpiresAt int64           `json:"refreshExpiresAt,omitempty"`
	UpdatedAt        int64           `json:"updatedAt"`
}

type paymentJSON struct {
	PaymentID   string      `json:"paymentId"`
	RequestID   string      `json:"requestId"`
	Status      status      `json:"status"`
	Amount      *amountJSON `json:"amount"`
	Fee         *amountJSON `json:"fee,omitempty"`
	PayerAmount *amountJSON `json:"payerAmount,omitempty"`
	Captured    *amountJSON `json:"captured,omitempty"`
	Refunded    *amountJSON `json:"refunded,omitempty"`
	PaymentURL  string      `json:"paymentUrl,omitempty"`
	Methods     []Method    `json:"methods,omitempty"`
	Method      string      `json:"method,omitempty"`
	OtherIDs    []string    `json:"otherIds,omitempty"`
	ExpiresAt   int64       `json:"expiresAt,omitempty"`
	UpdatedAt   int64       `json:"updatedAt"`
	Code        string      `json:"code,omitempty"`
}

type refundJSON struct {
	RefundID         string       `json:"refundId"`
	RefundRequestID  string       `json:"refundRequestId"`
	PaymentID        string       `json:"paymentId"`
	PaymentRequestID string       `json:"requestId"`
	Status           refundStatus `json:"status"`
	Amount           *amountJSON  `json:"amount"`
	UpdatedAt        int64        `json:"updatedAt"`
	Code             string       `json:"code,omitempty"`
}

type payerJSON struct {
	CustomerID string `json:"customerId"`
	Name       string `json:"name,omitempty"`
}

type noticeJSON struct {
	EventID   string         `json:"eventId"`
	Sequence  uint32         `json:"sequence"`
	Type      string         `json:"type"`
	Payment   *paymentJSON   `json:"payment,omitempty"`
	Refund    *refundJSON    `json:"refund,omitempty"`
	Agreement *agreementJSON `json:"agreement,omitempty"`
}

// batchJSON is several notices in one notification.
type batchJSON struct {
	EventID string            `json:"eventId"`
	Events  []json.RawMessage `json:"events"`
}

// refusal is a refused call. It is an answer, not a Go error.
type refusal struct {
	HTTP       int    `json:"-"`
	Code       string `json:"code"`
	Message    string `json:"message"`
	RetryAfter int64  `json:"retryAfter,omitempty"` // milliseconds
}

var refusalStatus = map[string]int{
	"BAD_SIGNATURE": 401, "STALE_TIMESTAMP": 401, "TRAFFIC_LIMIT": 429,
	"NOT_FOUND": 404, "INVALID_STATE": 409, "REQUEST_ID_REUSED": 409,
	"RISK_REJECTED": 402, "BALANCE_NOT_ENOUGH": 402, "AGREEMENT_INVALID": 402, "LIMIT_EXCEEDED": 402,
	"UNKNOWN_OUTCOME": 200, "INTERNAL": 500,
}

func refuse(code, message string) *refusal {
	return &refusal{HTTP: cmp.Or(refusalStatus[code], 400), Code: code, Message: message}
}
