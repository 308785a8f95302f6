package miniprogram

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/internal/transport"
)

// call signs and sends body, and reads an answer that can be believed into out. It
// returns nil for S and A only.
//
// Faults: Unavailable when the request surely never arrived, or was surely not
// executed; Unknown when no answer came, or none that is signed, fresh and makes
// sense; else as the code says.
func (w *Wallet) call(ctx context.Context, op, rest string, body []byte, out answer) error {
	path := w.base.path + w.profile.path(w.names.clientID, rest)
	header, err := w.seal.headers(ctx, headerRequestTime, w.now(), http.MethodPost, path, body)
	if err != nil {
		return fault.Wrap(fault.Internal, op, err)
	}
	got, err := transport.Do(ctx, w.http, http.MethodPost, w.base.host+path, header, body)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return w.read(ctx, op, path, got, out)
}

var errRedirect = errors.New("the wallet's server redirects")

// read believes an answer whatever its HTTP status is, which the family gives no
// meaning, once its signature has been checked. A redirect is no answer at all.
func (w *Wallet) read(ctx context.Context, op, path string, got transport.Answer, out answer) error {
	status := "HTTP " + strconv.Itoa(got.Status)
	if got.Status >= http.StatusMultipleChoices && got.Status < http.StatusBadRequest {
		return unbelieved(op, fmt.Errorf("%s: %w", status, errRedirect))
	}
	if err := w.believe(ctx, path, got); err != nil {
		return unbelieved(op, fmt.Errorf("%s: %w", status, err))
	}
	if err := decode(got.Body, out); err != nil {
		return unbelieved(op, fmt.Errorf("%s: %w", status, err))
	}
	switch out.result().status() {
	case success, accepted:
		return nil
	}
	return out.result().fault(op)
}

// believe checks an answer's signature as the profile demands it. An answer is signed
// over the path of its request.
func (w *Wallet) believe(ctx context.Context, path string, got transport.Answer) error {
	if w.profile.VerifyAnswer == Off {
		return nil
	}
	err := w.seal.verify(ctx, got.Header, headerResponseTime, w.now(), http.MethodPost, got.Body, path)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errUnsigned) && w.profile.VerifyAnswer == IfPresent:
		return nil
	case errors.Is(err, errUnsigned):
		return fmt.Errorf("%w; the code it claims is %q", err, claimedCode(got.Body))
	}
	return err
}

// claimedCode is what an answer without a signature says, for the log: gateways refuse
// clients that are set up wrongly before anybody signs.
func claimedCode(body []byte) string {
	var claim doneJSON
	if decode(body, &claim) != nil || strings.Trim(claim.Result.Code, codeLetters) != "" {
		return ""
	}
	return clip(claim.Result.Code)
}

const codeLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

// unbelieved is Unknown whatever the cause's own kind: that an answer's signature is
// wrong must not be read as ours being refused.
func unbelieved(op string, err error) error {
	return &fault.Error{Kind: fault.Unknown, Op: op, Detail: "The wallet's answer cannot be relied on.", Err: errors.New(err.Error())}
}
