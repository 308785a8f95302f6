package redotpay

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet/wire"
)

// The paths of the calls. Those of refunds are configured.
const (
	pathCreate = "/openapi/v2/order/create"
	pathMethod = "/openapi/v2/order/payment-method"
	pathDetail = "/openapi/v2/order/detail"
	pathClose  = "/openapi/v2/order/close"
)

// actionPay is the action type of webhooks about payments.
const actionPay = "ACQUIRER_PAY"

// The statuses of an order.
const (
	statusWaiting = 1
	statusPaid    = 2
	statusFailed  = 3 // an attempt, not the order
	statusClosed  = 4 // or expired
)

// envelope is the form of every answer.
type envelope struct {
	Code      string         `json:"code"`
	Msg       string         `json:"msg"`
	RequestID string         `json:"requestId"`
	Data      jsontext.Value `json:"data"`
}

// cause returns the provider's text about a failure, for the log.
func (e *envelope) cause() error {
	return fmt.Errorf("the provider says %q of its request %q", wire.Clip(e.Msg), wire.Clip(e.RequestID))
}

// placeJSON is where a payer pays, with every name that answers may use for it.
type placeJSON struct {
	WebURL    string `json:"webUrl"`
	H5URL     string `json:"h5Url"`
	AppURL    string `json:"appUrl"`
	URL       string `json:"url"`
	PayURL    string `json:"payUrl"`
	QRCode    string `json:"qrCode"`
	QRContent string `json:"qrContent"`
}

// methodJSON is a payment method that create offers.
type methodJSON struct {
	ID     wire.Literal `json:"id"`
	Name   string       `json:"name"`
	Manual *bool        `json:"manual"`
	placeJSON
}

// createdJSON is an order in the answer to create. Its methods are decoded separately: their
// form is not confirmed, and must not invalidate a link.
type createdJSON struct {
	OrderSn        string         `json:"orderSn"`
	OuterOrderSn   string         `json:"outerOrderSn"`
	PaymentMethods jsontext.Value `json:"paymentMethods"`
	Manual         *bool          `json:"manual"`
	placeJSON
}

// orderJSON is an order in the answer to detail.
type orderJSON struct {
	OrderSn      string `json:"orderSn"`
	OuterOrderSn string `json:"outerOrderSn"`
	reportJSON
}

// reportJSON is a payment in the answers to detail and in webhooks.
type reportJSON struct {
	OrderStatus   wire.Literal `json:"orderStatus"`
	OrderAmount   wire.Literal `json:"orderAmount"`
	OrderCurrency string       `json:"orderCurrency"`
	TxID          wire.Literal `json:"txId"`
	OrderTime     wire.Literal `json:"orderTime"`
	PaymentTime   wire.Literal `json:"paymentTime"`
	BillAmount    wire.Literal `json:"billAmount"`
	BillCoin      string       `json:"billCoin"`
	BillCurrency  string       `json:"billCurrency"`
}

// webhookJSON is a webhook, with both spellings of its numbers.
type webhookJSON struct {
	ActionType   string `json:"actionType"`
	OuterOrderSn string `json:"outerOrderSn"`
	OuterOrder   string `json:"outerOrder"`
	OrderSn      string `json:"orderSn"`
	PreSn        string `json:"preSn"`
	reportJSON
}
