package simulator

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// report is a payment or refund in details and webhooks, in the members of both dialects' own
// order. Numbers are literals, so that faults can alter them.
type report struct {
	ActionType   string          `json:"actionType,omitempty"`
	OuterOrder   string          `json:"outerOrder,omitempty"`
	PreSn        string          `json:"preSn,omitempty"`
	OuterOrderSn string          `json:"outerOrderSn,omitempty"`
	OrderSn      string          `json:"orderSn,omitempty"`
	OuterUID     string          `json:"outerUid,omitempty"`
	TxID         string          `json:"txId,omitempty"`
	OrderStatus  json.RawMessage `json:"orderStatus,omitempty"`
	Amount       json.RawMessage `json:"orderAmount,omitempty"`
	Currency     wallet.Currency `json:"orderCurrency,omitempty"`
	BillAmount   json.RawMessage `json:"billAmount,omitempty"`
	BillCoin     wallet.Currency `json:"billCoin,omitempty"`
	Crypto       json.RawMessage `json:"cryptoAmount,omitempty"`
	CryptoCoin   string          `json:"cryptoCurrency,omitempty"`
	Rate         json.RawMessage `json:"rate,omitempty"`
	RateExtra    json.RawMessage `json:"rateExtra,omitempty"`
	MerchantID   json.RawMessage `json:"merchantId,omitempty"`
	OrderTime    json.RawMessage `json:"orderTime,omitempty"`
	PaymentTime  json.RawMessage `json:"paymentTime,omitempty"`

	RefundSn      string          `json:"refundSn,omitempty"`
	OuterRefundSn string          `json:"outerRefundSn,omitempty"`
	RefundAmount  json.RawMessage `json:"refundAmount,omitempty"`
	RefundStatus  json.RawMessage `json:"refundStatus,omitempty"`
}

func integer(n int64) json.RawMessage { return json.RawMessage(strconv.FormatInt(n, 10)) }

// millis returns a time; nothing when there is none.
func millis(t time.Time) json.RawMessage {
	if t.IsZero() {
		return nil
	}
	return integer(t.UnixMilli())
}

// detail returns the answer to a query, as before the last change where it lags.
func (o *order) detail(lags bool) report {
	status := o.status
	if lags && o.was != 0 {
		status = o.was
	}
	t := report{
		OrderSn: o.sn, OuterOrderSn: o.outer, OrderStatus: integer(int64(status)),
		Amount: major(o.amount), Currency: o.amount.Currency, OrderTime: millis(o.created),
	}
	if status == paid {
		t.TxID, t.PaymentTime = o.txID, millis(o.paidAt)
	}
	return t
}

// merchantID is larger than a float64 holds exactly.
const merchantID = "300000000000000017"

// webhook returns the webhook of a payment, with all members of the official example.
func (o *order) webhook() report {
	bill := o.amount
	bill.Minor -= bill.Minor / 100 // net of a fee, as in the example
	return report{
		ActionType: "ACQUIRER_PAY", OuterOrder: o.outer, PreSn: o.sn, OuterUID: o.uid, TxID: o.txID, OrderStatus: integer(int64(o.status)),
		Amount: major(o.amount), Currency: o.amount.Currency, BillAmount: major(bill), BillCoin: bill.Currency,
		Crypto: major(o.amount), CryptoCoin: "USDT", Rate: integer(1), RateExtra: integer(0), MerchantID: json.RawMessage(merchantID),
		OrderTime: millis(o.created), PaymentTime: millis(o.paidAt),
	}
}

// webhook returns the webhook of a refund: it has no orderStatus.
func (r *refund) webhook() report {
	t := r.detail(false)
	t.ActionType, t.OuterOrder, t.PreSn, t.OuterOrderSn, t.OrderSn = "ACQUIRER_REFUND", r.order.outer, r.order.sn, "", ""
	return t
}

func (r *refund) detail(lags bool) report {
	status := r.status
	if lags && r.was != 0 {
		status = r.was
	}
	return report{
		RefundSn: r.id, OuterRefundSn: r.outer, OrderSn: r.order.sn, OuterOrderSn: r.order.outer, RefundStatus: integer(int64(status)),
		RefundAmount: major(wallet.Money{Minor: r.amount, Currency: r.order.amount.Currency}), Currency: r.order.amount.Currency,
	}
}

// Values that receivers cannot represent, or do not know.
const (
	hugeAmount    = "9223372036854775808" // one more than an int64 holds, in major units
	hugeTime      = "253402300800000"     // the first time of the year 10000
	unknownStatus = "17"
)

// bend alters a report as a fault says.
func (t report) bend(fault Fault) report {
	of := &t.Amount
	if t.RefundStatus != nil {
		of = &t.RefundAmount
	}
	status := &t.OrderStatus
	if t.RefundStatus != nil {
		status = &t.RefundStatus
	}
	switch fault {
	case provider.AmountMissing:
		*of, t.Currency = nil, ""
	case provider.AmountHuge:
		*of = json.RawMessage(hugeAmount)
	case provider.TimeHuge:
		t.PaymentTime = json.RawMessage(hugeTime)
	case provider.UnknownStatus:
		*status = json.RawMessage(unknownStatus)
	case provider.WrongAmount:
		if m, ok := parseMajor(*of, t.Currency); ok {
			*of = major(wallet.Money{Minor: m.Minor + 1, Currency: m.Currency})
		}
	case provider.WrongCurrency:
		t.Currency = other(t.Currency)
	case NumberAsText:
		*of, *status = quoted(*of), quoted(*status)
	case NoStatus:
		*status = nil
	case UnknownAction:
		t.ActionType = "ACQUIRER_WEATHER"
	case OtherNames:
		t.OuterOrderSn, t.OrderSn, t.OuterOrder, t.PreSn = t.OuterOrder, t.PreSn, "", ""
	}
	return t
}

func other(c wallet.Currency) wallet.Currency {
	if c == "EUR" {
		return "USD"
	}
	return "EUR"
}

// distorted returns the report at an endpoint, altered as the injected faults say. A payment
// without its amount is a paid one.
func (p *Provider) distorted(endpoint string, t report, settled bool) report {
	rule := p.faults.Draw(endpoint, func(r Rule) bool {
		return (settled || r.Fault != provider.AmountMissing) && (t.PaymentTime != nil || r.Fault != provider.TimeHuge)
	}, reportFaults...)
	return t.bend(rule.Fault)
}
