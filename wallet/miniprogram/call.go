package miniprogram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

// call signs and sends body, and reads a verified answer into out. It
// returns nil for S and A only.
//
// Faults: Unavailable when the request surely never arrived, or was surely not
// executed; Unknown when no answer came, or none that is signed, fresh and makes
// sense; else as the code says.
func (w *Wallet) call(ctx context.Context, op, rest string, body []byte, out answer) error {
	path := w.base.Path + w.profile.path(w.names.clientID, rest)
	header, err := w.seal.headers(ctx, headerRequestTime, w.now(), http.MethodPost, path, body)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	got, err := wire.Send(ctx, w.http, wire.Request{
		Op: op, Method: http.MethodPost, URL: w.base.Host + path, Header: header, Body: body,
	})
	if err != nil {
		return err
	}
	return w.read(ctx, path, got, out)
}

// read accepts an answer whatever its HTTP status is, which the family gives no
// meaning, once its signature has been checked.
func (w *Wallet) read(ctx context.Context, path string, got wire.Answer, out answer) error {
	signed, err := w.verifyAnswer(ctx, path, got)
	if err != nil {
		return got.Unknown(err)
	}
	if err := wire.Decode(got.Body, out); err != nil {
		return got.Unknown(err)
	}
	if provable, ok := out.(interface{ notProven() }); ok && !signed && !w.trustUnsigned {
		provable.notProven()
	}
	switch out.result().status() {
	case success, accepted:
		return nil
	}
	return out.result().fault(got.Op)
}

// verifyAnswer checks an answer's signature as the profile demands it, and reports whether there is
// a right one. An answer is signed over the path of its request. A wallet that has signed one
// answer signs them all: otherwise an attacker in between would only have to leave the
// signature out.
func (w *Wallet) verifyAnswer(ctx context.Context, path string, got wire.Answer) (signed bool, err error) {
	if w.profile.VerifyAnswer == Off {
		return false, nil
	}
	err = w.seal.verify(ctx, got.Header, headerResponseTime, w.now(), http.MethodPost, got.Body, path)
	optional := w.profile.VerifyAnswer == IfPresent
	if err == nil && optional {
		w.pin.set(ctx)
	}
	if !errors.Is(err, errUnsigned) {
		return err == nil, err
	}
	if optional {
		if err = w.pin.allowsUnsigned(ctx); err == nil {
			return false, nil
		}
	}
	return false, fmt.Errorf("%w; the code it claims is %q", err, claimedCode(got.Body))
}

// claimedCode is what an answer without a signature says, for the log: gateways refuse
// clients that are set up wrongly before any call is signed.
func claimedCode(body []byte) string {
	var claim doneJSON
	if wire.Decode(body, &claim) != nil || strings.Trim(claim.Result.Code, codeLetters) != "" {
		return ""
	}
	return wire.Clip(claim.Result.Code)
}

const codeLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
