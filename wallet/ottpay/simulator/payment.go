package simulator

import (
	"fmt"
	"time"
)

// status is how a payment stands.
type status string

const (
	open       status = "init"
	processing status = "processing"
	authorized status = "authorized"
	paid       status = "success"
	failed     status = "failed"
	expired    status = "expired"
	voided     status = "voided"
)

func (s status) open() bool { return s == open || s == processing }

// payment is one payment at the provider.
type payment struct {
	number     int64
	action     string // of the Web API, or the path of REST
	request    string // the merchant's id: prepay_order_id, order_id, orderId, remark or reference
	id         string // the provider's
	own        bool   // the merchant's id is also the provider's
	acquirer   string
	method     string // as the payer chose it
	methods    []string
	amount     int64
	tip, fee   int64
	refunded   int64 // refunded with certainty
	refunding  int64 // of refunds in progress
	status     status
	was        status // before the last change
	changed    time.Time
	created    time.Time
	expires    time.Time // zero: never
	completes  time.Time // of processing
	duration   string
	callback   string
	returnURL  string
	remarks    string
	email      string
	saleNumber string
	card, hold bool
	rest       bool
}

// turn changes the status.
func (pay *payment) turn(to status, now time.Time) {
	pay.was, pay.status, pay.changed = pay.status, to, now
}

// settle applies the passing of time; true when the payment became paid by that.
func (pay *payment) settle(now time.Time) bool {
	switch {
	case pay.status == processing && !now.Before(pay.completes):
		pay.turn(paid, now)
		return true
	case pay.status == open && !pay.expires.IsZero() && !now.Before(pay.expires):
		pay.turn(expired, now)
	}
	return false
}

// charged returns what the payer is charged.
func (pay *payment) charged() int64 { return pay.amount + pay.tip + pay.fee }

// refund is one refund.
type refund struct {
	request string // the merchant's id, in the Web API
	id      string // the provider's
	payment *payment
	amount  int64
	status  status // open, paid or failed
	at      time.Time
}

// newID returns an id of the provider: epoch milliseconds and four digits.
func newID(now time.Time, number int64) string {
	return fmt.Sprintf("%d%04d", now.UnixMilli(), number%10_000)
}

// prefixes are those of acquirers' ids.
var prefixes = map[string]string{"WECHATPAY": "WX", "ALIPAY": "AL", "UNIONPAY": "UP", "GP": "GP", "CARD": "JKZ"}

// choose records the method that a payer has chosen.
func (pay *payment) choose(method string) {
	pay.method = method
	pay.acquirer = fmt.Sprintf("%s%015d", prefixes[method], pay.number)
}
