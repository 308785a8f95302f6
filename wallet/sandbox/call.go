package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/internal/transport"
)

// refusal says what one of the provider's codes means.
type refusal struct {
	kind   fault.Kind
	detail string
}

// refusals is the one table from codes to faults. A code that is not here says
// nothing certain, so it is Unknown.
var refusals = map[string]refusal{
	"BAD_SIGNATURE":          {fault.Unavailable, "The wallet did not accept our signature."},
	"STALE_TIMESTAMP":        {fault.Unavailable, "Our clock and the wallet's differ too much."},
	"TRAFFIC_LIMIT":          {fault.Unavailable, "The wallet is busy."},
	"INVALID_REQUEST":        {fault.Invalid, "The wallet found the request invalid."},
	"UNKNOWN_METHOD":         {fault.Invalid, "The wallet does not offer this method."},
	"AMOUNT_EXCEEDED":        {fault.Invalid, "The amount is more than is left."},
	"RISK_REJECTED":          {fault.Declined, "The wallet refused the request."},
	"CURRENCY_NOT_SUPPORTED": {fault.Declined, "The wallet does not support this currency."},
	"BALANCE_NOT_ENOUGH":     {fault.Declined, "The balance is not enough."},
	"NOT_FOUND":              {fault.NotFound, "The wallet knows no such payment or refund."},
	"INVALID_STATE":          {fault.Conflict, "The payment's state does not allow this."},
	"REQUEST_ID_REUSED":      {fault.Conflict, "The wallet has seen this request with other content."},
	"AUTH_CODE_INVALID":      {fault.Unauthenticated, "The code is unknown or was used before."},
	"AUTH_CODE_EXPIRED":      {fault.Expired, "The code is too old."},
	"UNKNOWN_OUTCOME":        {fault.Unknown, "The wallet does not know the outcome yet."},
	"INTERNAL":               {fault.Unknown, "The wallet had trouble of its own."},
}

// longestRetry bounds how long a provider can make us wait.
const longestRetry = time.Hour

func (r refusalJSON) fault(op string) error {
	known, found := refusals[r.Code]
	if !found {
		known = refusal{fault.Unknown, "The wallet answered in a way we do not know."}
	}
	out := &fault.Error{Kind: known.kind, Op: op, Code: clip(r.Code), Detail: known.detail}
	if known.kind == fault.Unavailable && r.RetryAfter > 0 {
		out.RetryAfter = min(time.Duration(min(r.RetryAfter, longestRetry.Milliseconds()))*time.Millisecond, longestRetry)
	}
	return out
}

// call signs and sends body, and reads an answer that can be believed into out. An
// answer that is no success leaves out to carry the refusal.
//
// Faults: Unavailable when the request surely never arrived; Unknown when no answer
// came, or none that is signed, fresh and makes sense; else as the code says.
func (w *Wallet) call(ctx context.Context, op, path string, body []byte, out refusable) error {
	header, err := w.seal.headers(ctx, w.now(), path, body)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	answer, err := transport.Do(ctx, w.http, http.MethodPost, w.base+path, header, body)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return w.read(ctx, op, path, answer, out)
}

var errServer = errors.New("the provider's server failed")

func (w *Wallet) read(ctx context.Context, op, path string, answer transport.Answer, out refusable) error {
	status := strconv.Itoa(answer.Status)
	if err := w.seal.verify(ctx, answer.Header, w.now(), http.MethodPost, path, status, answer.Body); err != nil {
		return unknown(op, fmt.Errorf("HTTP %s: %w", status, err))
	}
	if answer.Status >= http.StatusInternalServerError {
		return unknown(op, fmt.Errorf("HTTP %s: %w", status, errServer))
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return unknown(op, errNonsense) // the decoder's text would quote the body
	}
	if answer.Status != http.StatusOK || !out.complete() {
		return out.refused().fault(op)
	}
	return nil
}

// unknown is Unknown whatever the cause's own kind: that an answer's signature is
// wrong must not be read as ours being refused.
func unknown(op string, err error) error {
	return &fault.Error{Kind: fault.Unknown, Op: op, Detail: "The wallet's answer cannot be relied on.", Err: errors.New(err.Error())}
}

// refusable is an answer that may turn out to be a refusal.
type refusable interface {
	complete() bool // it has what only a success has
	refused() refusalJSON
}

func (r refusalJSON) refused() refusalJSON { return r }

func (p *paymentJSON) complete() bool { return p.PaymentID != "" }
func (r *refundJSON) complete() bool  { return r.RefundID != "" }
func (p *payerJSON) complete() bool   { return p.CustomerID != "" }
