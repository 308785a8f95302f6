package sandbox

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet"
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
)

// object writes a JSON object member by member, without reflection: a request is
// encoded for every order. Empty members are left out.
type object []byte

func newObject() object { return append(make(object, 0, 1024), '{') }

func (o object) key(name string) object {
	if len(o) > 1 {
		o = append(o, ',')
	}
	o = append(append(o, '"'), name...)
	return append(o, '"', ':')
}

func (o object) text(name, value string) object {
	if value == "" {
		return o
	}
	return appendString(o.key(name), value)
}

func (o object) flag(name string, value bool) object {
	if !value {
		return o
	}
	return append(o.key(name), "true"...)
}

func (o object) time(name string, value time.Time) object {
	if value.IsZero() {
		return o
	}
	return strconv.AppendInt(o.key(name), value.UnixMilli(), 10)
}

func (o object) money(name string, value wallet.Money) object {
	o = append(o.key(name), `{"currency":`...)
	o = append(appendString(o, string(value.Currency)), `,"value":"`...)
	return append(strconv.AppendInt(o, value.Minor, 10), `"}`...)
}

func (o object) ref(ref wallet.Ref) object {
	return o.text("requestId", ref.RequestID).text("paymentId", ref.PaymentID)
}

func (o object) end() []byte { return append(o, '}') }

// appendString writes a JSON string; only text with something to escape takes the
// slower way.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string always encodes
			}
			return append(b, quoted...)
		}
	}
	b = append(append(b, '"'), s...)
	return append(b, '"')
}

func encodeCreate(req wallet.PaymentRequest) []byte {
	return newObject().
		text("requestId", req.RequestID).
		text("order", req.Order).
		money("amount", req.Amount).
		text("description", req.Description).
		text("payerId", req.Payer.ID).
		text("method", req.Method).
		flag("hold", req.Hold).
		time("expiresAt", req.ExpiresAt).
		text("returnUrl", req.ReturnURL).
		text("notifyUrl", req.NotifyURL).
		end()
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

// refusalJSON is a business error; its members lie beside those of an answer.
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

// noticeJSON is one piece of news, or a list of them, or both.
type noticeJSON struct {
	newsJSON
	Events []json.RawMessage `json:"events"`
}

type newsJSON struct {
	EventID string       `json:"eventId"`
	Type    string       `json:"type"`
	Payment *paymentJSON `json:"payment"`
	Refund  *refundJSON  `json:"refund"`
}

// instant is a time on the wire: Unix milliseconds, of which 0 is none. Integers that
// are no time of our calendar are read too, so that they do not make a whole message
// unreadable.
type instant struct {
	time   time.Time
	beyond bool // what was written is outside the years 1 to 9999
}

// UnmarshalJSON reads an integer of any length.
func (i *instant) UnmarshalJSON(text []byte) error {
	*i = instant{}
	if string(text) == "null" || string(text) == "0" {
		return nil
	}
	if strings.Trim(strings.TrimPrefix(string(text), "-"), "0123456789") != "" {
		return errNonsense
	}
	ms, err := strconv.ParseInt(string(text), 10, 64)
	at := time.UnixMilli(ms).UTC()
	if err != nil || !wallet.InCalendar(at) {
		i.beyond = true
		return nil
	}
	i.time = at
	return nil
}
