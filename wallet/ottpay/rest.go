package ottpay

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// REST is an account of the REST generation. It is safe for concurrent use.
type REST struct {
	*account
	methods            methods
	tokens             *tokens
	inAppUserID        string
	remarkIsReference  bool
	refundsCountAtOnce bool
	refundIDsQueried   bool

	opening sync.Map // the request IDs that are being created here
}

var (
	_ wallet.Wallet            = (*REST)(nil)
	_ wallet.Querier           = (*REST)(nil)
	_ wallet.Paced             = (*REST)(nil)
	_ wallet.Voider            = (*REST)(nil)
	_ wallet.Refunder          = (*REST)(nil)
	_ wallet.RefundQuerier     = (*REST)(nil)
	_ wallet.PaymentIDNotifier = (*REST)(nil)
)

// restMethod describes a call that opens a wallet payment.
type restMethod struct {
	path     string
	noReturn bool // has no returnURL
}

var restMethods = map[string]restMethod{
	"WECHATPAY_QR":    {path: "/api/v1/pay/weixin/active-pay", noReturn: true},
	"WECHATPAY_JSAPI": {path: "/api/v1/pay/weixin/public-pay"},
	"WECHATPAY_H5":    {path: "/api/v1/pay/weixin/h5-pay"},
	"ALIPAY_WAP":      {path: "/api/v1/pay/alipay/wap-pay"},
	"ALIPAY_WEB":      {path: "/api/v1/pay/alipay/web-pay"},
	"ALIPAY_INAPP":    {path: "/api/v1/pay/alipay/inapp-pay", noReturn: true},
}

// CreatePayment opens a payment by the order's method. The provider knows no request ID: a
// repeat is another payment. So for one that may have been executed a status query is sent, and
// it is not repeated where the answer proves nothing.
//
// Faults: Invalid; Unsupported; Conflict while the same request is in progress; Declined;
// Unavailable when it was not executed; Unknown.
func (r *REST) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "ottpay.CreatePayment"
	if err := r.checkPayment(op, req); err != nil {
		return wallet.Payment{}, err
	}
	id, ok := r.methods.find(req.Method)
	switch {
	case !ok:
		return wallet.Payment{}, fault.InvalidField(op, "method", "is not a method of this account")
	case req.Hold:
		return wallet.Payment{}, fault.New(fault.Unsupported, op, "OTT Pay's wallets cannot hold money.")
	}
	if _, twice := r.opening.LoadOrStore(req.RequestID, true); twice {
		return wallet.Payment{}, fault.New(fault.Conflict, op, "The same request is in progress.")
	}
	defer r.opening.Delete(req.RequestID)
	if !req.LastSentAt.IsZero() || r.remarkIsReference {
		got, err := r.QueryPayment(ctx, wallet.Ref{RequestID: req.RequestID})
		if err == nil || !notFound(err) {
			return got, err
		}
		if !req.LastSentAt.IsZero() && r.now().Sub(req.LastSentAt) <= r.lag {
			return wallet.Payment{}, unknown(op, "The wallet may not know yet of the request.")
		}
	}
	result, err := r.call(ctx, op, restMethods[id].path, r.create(id, req))
	if err != nil {
		return wallet.Payment{}, wire.Reclassify(err, fault.Declined, fault.NotFound)
	}
	payment, err := r.opened(id, req, result)
	if err != nil {
		return wallet.Payment{}, wire.Unknown(op, err)
	}
	return payment, nil
}

func (r *REST) create(id string, req wallet.PaymentRequest) []byte {
	body := wire.NewObject().Text("amount", strconv.FormatInt(req.Amount.Minor, 10)).Text("callbackURL", req.NotifyURL)
	if !restMethods[id].noReturn {
		body = body.Text("returnURL", req.ReturnURL)
	}
	if id == "ALIPAY_INAPP" {
		body = body.Text("userId", r.inAppUserID).Text("saleNumber", req.RequestID)
	}
	return body.Text("remark", req.RequestID).End()
}

// opened returns the payment of an answer to create.
func (r *REST) opened(id string, req wallet.PaymentRequest, result object) (wallet.Payment, error) {
	paymentID := result.text("paymentId")
	if paymentID == "" || isOperationID(paymentID) || !wire.ValidIDs(paymentID) || !r.ours(result) {
		return wallet.Payment{}, wire.ErrMalformed
	}
	payment := wallet.Payment{
		Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: paymentID}, Status: wallet.Pending, Amount: req.Amount,
		OtherIDs: others(result.text("bizPayOrderId"), paymentID), Method: id,
	}
	amount, err := r.opensAt(id, result)
	if err != nil || amount != (wallet.Money{}) && amount.Minor < req.Amount.Minor {
		return wallet.Payment{}, wire.ErrMalformed
	}
	if more := amount.Minor - req.Amount.Minor; more > 0 {
		payment.Fees = []wallet.Fee{{Type: "convenience_fee", Amount: wallet.Money{Minor: more, Currency: r.currency}}}
	}
	payment.Action, err = r.next(id, result)
	return payment, err
}

// opensAt returns the amount of an answer, which one of the calls writes in dollars.
func (r *REST) opensAt(id string, result object) (wallet.Money, error) {
	if text := result.text("amount"); id == "ALIPAY_INAPP" && text != "" {
		return wire.Literal(text).Major(r.currency)
	}
	return r.cents(result, "amount")
}

func (r *REST) next(id string, result object) (*wallet.Action, error) {
	switch info := result.text("payInfo"); id {
	case "WECHATPAY_QR":
		if info == "" || len(info) > mostCode {
			return nil, wire.ErrMalformed
		}
		return &wallet.Action{Type: wallet.ActionQR, Content: info}, nil
	case "ALIPAY_INAPP":
		sign := result.text("paySign")
		if sign == "" {
			return nil, wire.ErrMalformed
		}
		return &wallet.Action{Type: wallet.ActionOrderStr, OrderStr: sign}, nil
	default:
		return r.action(wallet.ActionRedirect, info)
	}
}

// call makes a call with a token, and once more with another token where the first was refused:
// then nothing was executed.
func (r *REST) call(ctx context.Context, op, path string, body []byte) (object, error) {
	token, err := r.tokens.get(ctx, signing.Secret{})
	if err != nil {
		return nil, err
	}
	result, err := r.post(ctx, op, path, token, body)
	if err == nil || fault.Of(err).Code != codeBadToken {
		return result, err
	}
	if token, err = r.tokens.get(ctx, token); err != nil {
		return nil, err
	}
	return r.post(ctx, op, path, token, body)
}

// post sends one request and returns the result of an answer that says SUCCESS.
//
// Faults: as the code says; Unavailable when the request was not sent; Unknown.
func (a *account) post(ctx context.Context, op, path string, token signing.Secret, body []byte) (object, error) {
	header := http.Header{"Content-Type": {jsonType}, "Accept": {jsonType}}
	if !token.IsZero() {
		header.Set("Authorization", "Bearer "+string(token.Reveal()))
	}
	answer, err := wire.Send(ctx, a.http, wire.Request{Op: op, Method: http.MethodPost, URL: a.base.URL(path), Header: header, Body: body})
	if err != nil {
		return nil, err
	}
	outer, err := parseObject(answer.Body)
	result := outer.inner("result")
	switch status := strings.ToUpper(outer.text("status")); {
	case err == nil && status == "ERROR" && result.text("code") != "":
		return nil, restCodes.Fault(op, result.text("code"))
	case answer.Status == http.StatusUnauthorized:
		return nil, restCodes.Fault(op, codeBadToken)
	case answer.StatusFault() != nil:
		return nil, answer.StatusFault()
	case err != nil || status != codeSuccess || result == nil || !answer.OK():
		return nil, answer.Unknown(wire.ErrMalformed)
	}
	return result, nil
}
