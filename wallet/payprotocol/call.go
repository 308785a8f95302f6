package payprotocol

import (
	"context"
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

// post makes a call that changes something, and decodes the data of its answer.
//
// Faults: Unavailable when the request was not sent or not accepted as ours; Unknown when no
// answer came, or none that is well formed; otherwise as the code says.
func (w *Wallet) post(ctx context.Context, op, path string, body []byte, data any) error {
	return w.call(ctx, op, http.MethodPost, path, body, data)
}

// get sends a query, which is signed exactly as it is sent. A nil data is not decoded.
//
// Faults: NotFound; Unavailable and Unknown, after both of which the query is repeated later.
func (w *Wallet) get(ctx context.Context, op, path, query string, data any) error {
	if query != "" {
		path += "?" + query
	}
	return refusedQuestion(w.call(ctx, op, http.MethodGet, path, nil, data))
}

func (w *Wallet) call(ctx context.Context, op, method, target string, body []byte, data any) error {
	header, err := w.seal.headers(ctx, w.now(), method, w.base.Path+target, body)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	answer, err := wire.Send(ctx, w.http, wire.Request{
		Op: op, Method: method, URL: w.base.URL(target), Header: header, Body: body,
	})
	if err != nil {
		return err
	}
	if err := answer.StatusFault(); err != nil {
		return err
	}
	return w.read(answer, data)
}

// read decodes an answer. HTTP 404 without the provider's own body may be a proxy's, and says
// nothing about a payment.
func (w *Wallet) read(answer wire.Answer, data any) error {
	var out envelopeJSON
	if err := wire.Decode(answer.Body, &out); err != nil || out.Code == "" {
		return answer.Unknown(wire.ErrMalformed)
	}
	switch {
	case out.Code != success:
		return w.refusal(answer.Op, string(out.Code))
	case !answer.OK():
		return answer.Unknown(wire.ErrMalformed)
	case data == nil:
		return nil
	}
	if err := wire.Decode(out.Data, data); err != nil {
		return answer.Unknown(err)
	}
	return nil
}
