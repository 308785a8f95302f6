package simulator

import "github.com/minitill/minitill/wallet/internal/provider"

// news is the body of a notification: the union of all kinds, each with its members.
type news struct {
	NotifyType string  `json:"notifyType,omitempty"`
	Result     *result `json:"result,omitempty"`

	PaymentID         string  `json:"paymentId,omitempty"`
	PaymentRequestID  string  `json:"paymentRequestId,omitempty"`
	PaymentResult     *result `json:"paymentResult,omitempty"`
	PaymentStatus     string  `json:"paymentStatus,omitempty"`
	PaymentFailReason string  `json:"paymentFailReason,omitempty"`
	PartnerID         string  `json:"partnerId,omitempty"`
	PaymentAmount     *amount `json:"paymentAmount,omitempty"`
	PaymentTime       string  `json:"paymentTime,omitempty"`
	PaymentCreateTime string  `json:"paymentCreateTime,omitempty"`
	PaymentCreated    string  `json:"paymentCreatedTime,omitempty"`

	CashierURL string `json:"cashierUrl,omitempty"` // its name is not documented

	AuthorizationNotifyType string `json:"authorizationNotifyType,omitempty"`
	AuthClientID            string `json:"authClientId,omitempty"`
	ReferenceAgreementID    string `json:"referenceAgreementId,omitempty"`
	AuthCode                string `json:"authCode,omitempty"`
	AuthState               string `json:"authState,omitempty"`
	AccessToken             string `json:"accessToken,omitempty"`

	VoidResult    *result `json:"voidResult,omitempty"`
	VoidRequestID string  `json:"voidRequestId,omitempty"`
	VoidID        string  `json:"voidId,omitempty"`
	VoidAmount    *amount `json:"voidAmount,omitempty"`
	VoidTime      string  `json:"voidTime,omitempty"`

	RefundID         string  `json:"refundId,omitempty"`
	RefundRequestID  string  `json:"refundRequestId,omitempty"`
	RefundStatus     string  `json:"refundStatus,omitempty"`
	RefundFailReason string  `json:"refundFailReason,omitempty"`
	RefundAmount     *amount `json:"refundAmount,omitempty"`
	RefundTime       string  `json:"refundTime,omitempty"`
}

// notify sends news of a payment's end, when the payment has a notification URL.
func (p *Provider) notify(pay *payment) {
	if !pay.quiet {
		p.notifyOf(pay, pay.notifyURL, p.paymentNews(pay))
	}
}

// paymentNews is the state of a payment in the profile's words.
func (p *Provider) paymentNews(pay *payment) news {
	n := news{PaymentID: pay.id, PaymentRequestID: pay.request, PaymentAmount: amountOf(pay.amount)}
	judged := outcomeOf(pay)
	switch {
	case p.profile.notifyType:
		n.NotifyType, n.Result = "PAYMENT_RESULT", judged
		if !pay.status.final() {
			n.NotifyType, n.Result = "PAYMENT_PENDING", success() // here S means: still processing
		}
	case p.profile.result:
		n.PaymentResult = judged
	default:
		n.PaymentStatus, n.PaymentFailReason = p.statusWord(pay), pay.reason
	}
	if p.profile.partnerNamed {
		n.PartnerID = pay.partner
	}
	if pay.status == paid {
		n.PaymentTime = p.profile.stamp(pay.decided)
	}
	switch p.profile.createTime {
	case "paymentCreateTime":
		n.PaymentCreateTime = p.profile.stamp(pay.created)
	case "paymentCreatedTime":
		n.PaymentCreated = p.profile.stamp(pay.created)
	}
	return n
}

// notifyCashier sends the payment URL to a merchant who has configured a second address.
func (p *Provider) notifyCashier(pay *payment, address string) {
	if p.profile.cashierNotified {
		p.notifyOf(pay, address, news{PaymentID: pay.id, CashierURL: p.paymentURL(pay)})
	}
}

func (p *Provider) notifyVoid(pay *payment, request string) {
	done := pay.movementOf("VOID", request)
	p.notifyOf(pay, pay.voidURL, news{
		VoidResult: success(), VoidRequestID: request, VoidID: done.id, PaymentID: pay.id,
		VoidAmount: amountOf(pay.in(done.amount)), VoidTime: p.profile.stamp(done.at),
	})
}

func (p *Provider) notifyRefund(r *refund) {
	n := news{
		RefundID: r.id, RefundRequestID: r.request, RefundStatus: r.status, RefundFailReason: r.failReason,
		PaymentID: r.payment.id, PaymentRequestID: r.payment.request, RefundAmount: amountOf(r.payment.in(r.amount)),
	}
	if r.status == "SUCCESS" {
		n.RefundTime = p.profile.stamp(r.at)
	}
	p.notifyOf(r.payment, r.notifyURL, n)
}

// notifyOf sends news of a payment or what belongs to it, behind what was sent before.
func (p *Provider) notifyOf(pay *payment, address string, n news) {
	if address != "" {
		pay.reported = &n
		p.news.Send(&provider.Notice[news]{Box: pay, URL: address, News: n, RequestID: pay.request})
	}
}

// opposite is news that contradicts n.
func (n news) opposite() news {
	failed := refuse("PROCESS_FAIL", "payment failed")
	switch {
	case n.Result != nil:
		n.Result = failed
	case n.PaymentResult != nil:
		n.PaymentResult = failed
	case n.PaymentStatus != "":
		n.PaymentStatus, n.PaymentFailReason = "FAIL", failed.Message
	}
	n.PaymentTime = ""
	return n
}

// distorted returns the news as a fault distorts it.
func (n news) distorted(fault Fault) news {
	if fault == NoStatus {
		n.NotifyType, n.Result, n.PaymentResult, n.PaymentStatus, n.RefundStatus = "", nil, nil, "", ""
	}
	for _, sum := range []**amount{&n.PaymentAmount, &n.RefundAmount, &n.VoidAmount} {
		*sum = (*sum).distorted(fault)
	}
	return n
}
