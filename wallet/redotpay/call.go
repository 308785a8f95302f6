package redotpay

import (
	"context"
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

// call signs and sends body, and decodes the data of a success into out; nil for an answer
// whose data is not used.
//
// Faults: Unavailable when the request was not sent or not accepted; Unknown when no answer
// came that can be relied on; otherwise as the code says.
func (w *Wallet) call(ctx context.Context, op, path string, body []byte, out any) error {
	header, err := w.seal.header(ctx, w.now(), http.MethodPost, w.base.Path+path, body)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	answer, err := wire.Send(ctx, w.http, wire.Request{
		Op: op, Method: http.MethodPost, URL: w.base.URL(path), Header: header, Body: body,
	})
	if err != nil {
		return err
	}
	if err := answer.StatusFault(); err != nil {
		return err
	}
	var env envelope
	if err := wire.Decode(answer.Body, &env); err != nil || env.Code == "" {
		return answer.Unknown(wire.ErrMalformed)
	}
	switch {
	case env.Code != success:
		return w.refusal(op, &env)
	case !answer.OK():
		return answer.Unknown(wire.ErrMalformed)
	case out == nil:
		return nil
	}
	if err := wire.Decode(env.Data, out); err != nil {
		return answer.Unknown(err)
	}
	return nil
}
