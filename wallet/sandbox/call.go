package sandbox

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

// refusals is the table from codes to faults. A code that is not in it is Unknown.
var refusals = wire.Codes{
	"BAD_SIGNATURE":          {Kind: fault.Unavailable, Detail: "The wallet did not accept our signature."},
	"STALE_TIMESTAMP":        {Kind: fault.Unavailable, Detail: "Our clock and the wallet's differ too much."},
	"TRAFFIC_LIMIT":          {Kind: fault.Unavailable, Detail: "The wallet is busy."},
	"INVALID_REQUEST":        {Kind: fault.Invalid, Detail: "The wallet found the request invalid."},
	"UNKNOWN_METHOD":         {Kind: fault.Invalid, Detail: "The wallet does not offer this method."},
	"AMOUNT_EXCEEDED":        {Kind: fault.Invalid, Detail: "The amount is more than is left."},
	"RISK_REJECTED":          {Kind: fault.Declined, Detail: "The wallet refused the request."},
	"CURRENCY_NOT_SUPPORTED": {Kind: fault.Declined, Detail: "The wallet does not support this currency."},
	"BALANCE_NOT_ENOUGH":     {Kind: fault.Declined, Detail: "The balance is not enough."},
	"NOT_FOUND":              {Kind: fault.NotFound, Detail: "The wallet knows no such payment or refund."},
	"INVALID_STATE":          {Kind: fault.Conflict, Detail: "The payment's state does not allow this."},
	"REQUEST_ID_REUSED":      {Kind: fault.Conflict, Detail: "The wallet has seen this request with other content."},
	"AUTH_CODE_INVALID":      {Kind: fault.Unauthenticated, Detail: "The code is unknown or was used before."},
	"AUTH_CODE_EXPIRED":      {Kind: fault.Expired, Detail: "The code is too old."},
	"REFRESH_INVALID":        {Kind: fault.Unauthenticated, Detail: "The refresh token is unknown, was used or is too old."},
	"AGREEMENT_INVALID":      {Kind: fault.Declined, Detail: "The agreement has ended or was renewed."},
	"LIMIT_EXCEEDED":         {Kind: fault.Declined, Detail: "The amount is more than the payer agreed to."},
	"UNKNOWN_OUTCOME":        {Kind: fault.Unknown, Detail: "The wallet does not know the outcome yet."},
	"INTERNAL":               {Kind: fault.Unknown, Detail: "The wallet reports an internal error."},
}

func (r refusalJSON) fault(op string) error {
	out := refusals.Fault(op, r.Code)
	if out.Kind == fault.Unavailable && r.RetryAfter > 0 {
		out.RetryAfter = time.Duration(min(r.RetryAfter, wire.MaxRetryAfter.Milliseconds())) * time.Millisecond
	}
	return out
}

// call signs and sends body, and decodes a verified answer into out. An answer that is no
// success is decoded into out as a refusal.
//
// Faults: Unavailable when the request was not executed; Unknown when no answer came, or none
// that is signed, fresh and well formed; otherwise as the code says.
func (w *Wallet) call(ctx context.Context, op, path string, body []byte, out refusable) error {
	header, err := w.seal.headers(ctx, w.now(), path, body)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	answer, err := wire.Send(ctx, w.http, wire.Request{
		Op: op, Method: http.MethodPost, URL: w.base.URL(path), Header: header, Body: body,
	})
	if err != nil {
		return err
	}
	return w.read(ctx, path, answer, out)
}

var errServer = errors.New("the provider's server failed")

func (w *Wallet) read(ctx context.Context, path string, answer wire.Answer, out refusable) error {
	status := strconv.Itoa(answer.Status)
	if err := w.seal.verify(ctx, answer.Header, w.now(), http.MethodPost, path, status, answer.Body); err != nil {
		return answer.Unknown(err)
	}
	if answer.Status >= http.StatusInternalServerError {
		return answer.Unknown(errServer)
	}
	if err := wire.Decode(answer.Body, out); err != nil {
		return answer.Unknown(err)
	}
	if answer.Status != http.StatusOK || !out.complete() {
		return out.refused().fault(answer.Op)
	}
	return nil
}

// refusable is an answer that may be a refusal.
type refusable interface {
	complete() bool // it has what only a success has
	refused() refusalJSON
}

func (r refusalJSON) refused() refusalJSON { return r }

func (p *paymentJSON) complete() bool { return p.PaymentID != "" }
func (r *refundJSON) complete() bool  { return r.RefundID != "" }
func (p *payerJSON) complete() bool   { return p.CustomerID != "" }
