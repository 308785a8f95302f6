package simulator

import (
	"net/url"
	"time"
)

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

// notice is one notification on its way.
type notice struct {
	box   *mailbox
	url   *url.URL
	news  news
	tries int
	due   time.Time
}

// mailbox is the news about one thing, delivered in order.
type mailbox struct {
	about    string    // the merchant's name for the thing
	notices  []*notice // not delivered yet
	told     *notice   // the latest, delivered or not
	attempts []Attempt
	sending  bool
}

func (m *mailbox) empty() bool { return len(m.notices) == 0 && !m.sending }

// due is when the next attempt is to be made; zero for never.
func (m *mailbox) due() time.Time {
	if len(m.notices) == 0 || m.sending {
		return time.Time{}
	}
	return m.notices[0].due
}

// tell puts news of a payment's end on its way, when somebody wants to know.
func (p *Provider) tell(pay *payment, now time.Time) {
	if !pay.quiet {
		p.enqueue(&pay.mailbox, pay.notifyURL, p.paymentNews(pay), now)
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
	if p.profile.partnerTold {
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

// tellCashier says where the payer goes, to a merchant who wants to hear it twice.
func (p *Provider) tellCashier(pay *payment, address string, now time.Time) {
	if p.profile.cashierTold {
		p.enqueue(&pay.mailbox, address, news{PaymentID: pay.id, CashierURL: p.paymentURL(pay)}, now)
	}
}

func (p *Provider) tellVoid(pay *payment, request string, now time.Time) {
	done := pay.movementOf("VOID", request)
	p.enqueue(&pay.mailbox, pay.voidURL, news{
		VoidResult: success(), VoidRequestID: request, VoidID: done.id, PaymentID: pay.id,
		VoidAmount: amountOf(pay.in(done.amount)), VoidTime: p.profile.stamp(done.at),
	}, now)
}

func (p *Provider) tellRefund(r *refund, now time.Time) {
	n := news{
		RefundID: r.id, RefundRequestID: r.request, RefundStatus: r.status, RefundFailReason: r.failReason,
		PaymentID: r.payment.id, PaymentRequestID: r.payment.request, RefundAmount: amountOf(r.payment.in(r.amount)),
	}
	if r.status == "SUCCESS" {
		n.RefundTime = p.profile.stamp(r.at)
	}
	p.enqueue(&r.payment.mailbox, r.notifyURL, n, now)
}

func (p *Provider) enqueue(box *mailbox, address string, n news, now time.Time) {
	if address == "" {
		return
	}
	u, err := url.Parse(address)
	if err != nil {
		return // it was checked when it came
	}
	fresh := &notice{box: box, url: u, news: n, due: now}
	box.notices, box.told = append(box.notices, fresh), fresh
	p.nudge()
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

// bent is the news as a fault tells it.
func (n news) bent(fault Fault) news {
	if fault == NoStatus {
		n.NotifyType, n.Result, n.PaymentResult, n.PaymentStatus, n.RefundStatus = "", nil, nil, "", ""
	}
	for _, sum := range []**amount{&n.PaymentAmount, &n.RefundAmount, &n.VoidAmount} {
		*sum = (*sum).bent(fault)
	}
	return n
}
