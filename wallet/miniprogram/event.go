package miniprogram

import (
	"cmp"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// paymentNews returns the event of a payment's notification. One that does not say with
// certainty how the payment stands has no status and must be confirmed by a query.
func (p *Profile) paymentNews(body []byte, pending bool) (wallet.Notification, error) {
	var in paymentJSON
	if err := wire.Decode(body, &in); err != nil {
		return wallet.Notification{}, err
	}
	status, word := p.reported(&in)
	if why := in.unreadable(); why != "" {
		ref, err := in.ref()
		if err != nil {
			return wallet.Notification{}, err
		}
		return one(unreadablePayment("payment", both(ref.RequestID, ref.PaymentID), word, ref, why), false), nil
	}
	payment, err := in.payment()
	if err != nil {
		return wallet.Notification{}, err
	}
	event := wallet.Event{Kind: wallet.PaymentEvent, Payment: payment}
	about := both(payment.RequestID, payment.PaymentID)
	switch {
	case pending: // success then only means that the payment is still in progress
		status, word = wallet.Pending, paymentPending
	case status == "":
		if cashier, found, err := cashierNews(body, event); found {
			return cashier, err
		}
		event.Payment.Code = wire.Clip(cmp.Or(word, payment.Code))
	}
	event.ID = eventID("payment", about, word)
	if status == "" {
		return one(event, true), nil
	}
	held := status == wallet.Paid && p.CanHold // an authorization succeeds too, with no money captured
	if !held || p.VerifyAnswer != Required {   // where an answer is no proof, a signed success must be accepted
		event.Payment.Status = status
	}
	n := one(event, held)
	if held {
		n.WithoutHold = wallet.Paid
	}
	return n, nil
}

// unreadablePayment returns an event about a payment that is kept for an operator. Its ID
// differs from that of the same event with readable values, which must not be taken for a repeat.
func unreadablePayment(kind, about, word string, ref wallet.Ref, why string) wallet.Event {
	return wallet.Event{
		ID: eventID(kind, about, unreadableWord+word), Kind: wallet.PaymentEvent,
		Payment: wallet.Payment{Ref: ref}, Unreadable: why,
	}
}

const unreadableWord = "unreadable "

// reported returns how a payment stands by the members that may have its status, in this order:
// paymentResult, paymentStatus, and the result of the whole where the profile says that it is
// about the payment.
func (p *Profile) reported(in *paymentJSON) (wallet.Status, string) {
	status, word := in.status()
	if status == "" && word == "" && p.NotifyStatus == ResultMember {
		return letters[in.Result.status()], in.Result.Status
	}
	return status, word
}

// cashierNews returns where the payer goes, when that is notified after the answer to pay.
func cashierNews(body []byte, event wallet.Event) (n wallet.Notification, found bool, err error) {
	var in struct {
		CashierURL     string `json:"cashierUrl"`
		RedirectURL    string `json:"redirectUrl"`
		RedirectionURL string `json:"redirectionUrl"`
	}
	if err := wire.Decode(body, &in); err != nil {
		return n, true, err
	}
	url := cmp.Or(in.CashierURL, in.RedirectURL, in.RedirectionURL)
	if url == "" {
		return n, false, nil
	}
	event.ID = eventID("cashier", cmp.Or(event.Payment.RequestID, event.Payment.PaymentID), "")
	event.Payment.Status = wallet.Pending
	event.Payment.Action, err = action(wallet.ActionPaymentURL, url)
	return one(event, false), true, err
}

// refundNews returns the event of a refund's notification. One with an unknown status has none,
// and the next query decides.
func (p *Profile) refundNews(body []byte) (wallet.Notification, error) {
	var in refundJSON
	if err := wire.Decode(body, &in); err != nil {
		return wallet.Notification{}, err
	}
	status, word := in.status()
	if status == "" && word == "" && p.NotifyStatus == ResultMember {
		status, word = refundLetters[in.Result.status()], in.Result.Status
	}
	if why := in.unreadable(); why != "" {
		return in.kept(word, why)
	}
	refund, err := in.refund()
	if err != nil {
		return wallet.Notification{}, err
	}
	refund.Status = status
	if status == "" {
		refund.Code = wire.Clip(word)
	}
	return one(wallet.Event{
		ID:   eventID("refund", both(refund.RefundRef.RequestID, refund.RefundID), word),
		Kind: wallet.RefundEvent, Refund: refund,
	}, false), nil
}

// kept returns an event about a refund that is kept for an operator.
func (r *refundJSON) kept(word, why string) (wallet.Notification, error) {
	ref, err := r.ref()
	if err != nil {
		return wallet.Notification{}, err
	}
	return one(wallet.Event{
		ID: eventID("refund", both(ref.RequestID, ref.RefundID), unreadableWord+word), Kind: wallet.RefundEvent,
		Refund: wallet.Refund{RefundRef: ref}, Unreadable: why,
	}, false), nil
}

// voidJSON reports that an authorization was voided, also by others than us.
type voidJSON struct {
	VoidRequestID    string         `json:"voidRequestId"`
	PaymentID        string         `json:"paymentId"`
	PaymentRequestID string         `json:"paymentRequestId"`
	VoidResult       jsontext.Value `json:"voidResult"`
	VoidTime         string         `json:"voidTime"`
	VoidSource       string         `json:"voidSource"`
}

// voidNews returns the event of a void's notification. A void that failed changes nothing.
func voidNews(body []byte) (wallet.Notification, error) {
	var in voidJSON
	if err := wire.Decode(body, &in); err != nil {
		return wallet.Notification{}, err
	}
	if in.PaymentID == "" && in.PaymentRequestID == "" || !wire.ValidIDs(in.PaymentID, in.PaymentRequestID, in.VoidRequestID) {
		return wallet.Notification{}, fmt.Errorf("%w: an id", wire.ErrMalformed)
	}
	word := in.result()
	if word == failed || word == "FAIL" {
		return wallet.Notification{}, nil
	}
	ref := wallet.Ref{RequestID: in.PaymentRequestID, PaymentID: in.PaymentID}
	if beyondCalendar(in.VoidTime) {
		return one(unreadablePayment("void", in.VoidRequestID, word, ref, timeBeyond), false), nil
	}
	event := wallet.Event{
		ID: eventID("void", in.VoidRequestID, word), Kind: wallet.PaymentEvent,
		Payment: wallet.Payment{Ref: ref, OccurredAt: moment(in.VoidTime), Code: wire.Clip(in.VoidSource)},
	}
	if word != success && word != "SUCCESS" {
		return one(event, true), nil
	}
	event.Payment.Status = wallet.Voided
	return one(event, false), nil
}

// result returns the outcome of the void: the documents do not say whether it is a result or a
// word, so both are accepted.
func (v *voidJSON) result() string {
	var result resultJSON
	if wire.Decode(v.VoidResult, &result) == nil {
		return result.status()
	}
	var word string
	if wire.Decode(v.VoidResult, &word) != nil {
		return ""
	}
	return word
}

// agreementNews returns an event about a payer's agreement.
func agreementNews(body []byte) (wallet.Notification, error) {
	var in struct {
		Type      string `json:"authorizationNotifyType"`
		Reference string `json:"referenceAgreementId"`
		State     string `json:"authState"`
		Code      string `json:"authCode"`
		Token     string `json:"accessToken"`
	}
	if err := wire.Decode(body, &in); err != nil {
		return wallet.Notification{}, err
	}
	reference := cmp.Or(in.Reference, in.State)
	if !wire.ValidIDs(reference) || len(in.Code) > maxToken || len(in.Token) > maxToken {
		return wallet.Notification{}, fmt.Errorf("%w: an id or a token", wire.ErrMalformed)
	}
	event := wallet.Event{Kind: wallet.AgreementEvent, Agreement: wallet.AgreementNews{Reference: reference}}
	switch in.Type {
	case "AUTHCODE_CREATED":
		event.Agreement.Code = in.Code
	case "TOKEN_CANCELED":
		event.Agreement.Token, event.Agreement.Ended = wallet.Token(in.Token), true
	default: // TOKEN_CREATED among them: the caller that requested the token has it
		return wallet.Notification{}, nil
	}
	if reference == "" && in.Code == "" && in.Token == "" {
		return wallet.Notification{}, fmt.Errorf("%w: an agreement without a name", wire.ErrMalformed)
	}
	event.ID = eventID("agreement", wire.Digest(body), in.Type)
	return one(event, false), nil
}
