package sandbox

import (
	"context"
	"fmt"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// maxToken bounds an agreement's tokens.
const maxToken = 512

// PrepareAgreement returns where the payer signs. The same Reference and content yield the same
// agreement and address.
//
// Faults: those of CreatePayment; Conflict when the Reference was used with other content.
func (w *Wallet) PrepareAgreement(ctx context.Context, req wallet.AgreementRequest) (wallet.Action, error) {
	const op = "sandbox.PrepareAgreement"
	body := wire.NewObject().Text("reference", req.Reference).Text("title", req.Title).Text("description", req.Description).
		Text("language", req.Language).Text("notifyUrl", req.NotifyURL)
	if req.Limit.Positive() {
		body = body.Amount("limit", req.Limit)
	}
	var out agreementJSON
	if err := w.call(ctx, op, pathAgreement, body.End(), &out); err != nil {
		return wallet.Action{}, err
	}
	if out.Reference != req.Reference || !wire.WebURL(out.SignURL) || len(out.SignURL) > maxURL {
		return wallet.Action{}, wire.Unknown(op, fmt.Errorf("%w: reference or signUrl", wire.ErrMalformed))
	}
	return wallet.Action{Type: wallet.ActionSign, URL: out.SignURL}, nil
}

// SignAgreement exchanges the code that signing gave the client, or that a notification has.
// When the answer is lost the code is used up, and the payer must sign again.
//
// Faults: Unauthenticated for a code that is unknown or was used; Expired.
func (w *Wallet) SignAgreement(ctx context.Context, code string) (wallet.Agreement, error) {
	return w.granted(ctx, "sandbox.SignAgreement", pathSign, wire.NewObject().Text("code", code).End(), "")
}

// RenewAgreement exchanges the refresh token for a new pair. The old pair is no longer valid
// from then on, also when the answer is lost.
//
// Faults: Unauthenticated for a token that was used, is too old or belongs to an ended
// agreement.
func (w *Wallet) RenewAgreement(ctx context.Context, a wallet.Agreement) (wallet.Agreement, error) {
	body := wire.NewObject().Text("refreshToken", string(a.Refresh)).End()
	return w.granted(ctx, "sandbox.RenewAgreement", pathRenew, body, a.Payer.ID)
}

// EndAgreement ends the agreement. A token that the provider does not know is taken for one
// that is no longer valid.
func (w *Wallet) EndAgreement(ctx context.Context, a wallet.Agreement) error {
	const op = "sandbox.EndAgreement"
	var out agreementJSON
	err := w.call(ctx, op, pathEnd, wire.NewObject().Text("token", string(a.Token)).End(), &out)
	switch {
	case err != nil && fault.Of(err).Code == "AGREEMENT_INVALID":
		return nil
	case err == nil && out.Status != agreementEnded:
		return wire.Unknown(op, fmt.Errorf("%w: status", wire.ErrMalformed))
	}
	return err
}

// granted makes a call whose answer is a pair of tokens, and the payer when one is known.
func (w *Wallet) granted(ctx context.Context, op, path string, body []byte, payer string) (wallet.Agreement, error) {
	var out agreementJSON
	if err := w.call(ctx, op, path, body, &out); err != nil {
		return wallet.Agreement{}, err
	}
	agreement, err := out.agreement()
	if err == nil && payer != "" && agreement.Payer.ID != payer {
		err = fmt.Errorf("%w: customerId", wire.ErrMalformed)
	}
	if err != nil {
		return wallet.Agreement{}, wire.Unknown(op, err)
	}
	return agreement, nil
}

// The statuses of an agreement that are notified.
const (
	agreementSigned = "SIGNED"
	agreementEnded  = "ENDED"
)

type agreementJSON struct {
	AgreementID      string  `json:"agreementId"`
	Reference        string  `json:"reference"`
	Status           string  `json:"status"`
	SignURL          string  `json:"signUrl"`
	AuthCode         string  `json:"authCode"`
	CustomerID       string  `json:"customerId"`
	Name             string  `json:"name"`
	Token            string  `json:"token"`
	ExpiresAt        instant `json:"expiresAt"`
	RefreshToken     string  `json:"refreshToken"`
	RefreshExpiresAt instant `json:"refreshExpiresAt"`
	refusalJSON
}

func (a *agreementJSON) complete() bool { return a.AgreementID != "" }

// agreement returns what the tokens permit. The error never quotes them.
func (a *agreementJSON) agreement() (wallet.Agreement, error) {
	if a.Token == "" || len(a.Token) > maxToken || len(a.RefreshToken) > maxToken || !id(a.CustomerID) {
		return wallet.Agreement{}, fmt.Errorf("%w: a token or customerId", wire.ErrMalformed)
	}
	return wallet.Agreement{
		Payer: wallet.Payer{ID: a.CustomerID, Name: wire.Clip(a.Name)},
		Token: wallet.Token(a.Token), ExpiresAt: a.ExpiresAt.time,
		Refresh: wallet.Token(a.RefreshToken), RefreshExpires: a.RefreshExpiresAt.time,
	}, nil
}

// event returns an event about an agreement; known is false for a status without a meaning
// here.
func (a *agreementJSON) event() (event wallet.Event, known bool, err error) {
	if !id(a.Reference) || len(a.AuthCode) > maxToken {
		return event, true, fmt.Errorf("%w: reference or authCode", wire.ErrMalformed)
	}
	event.Kind = wallet.AgreementEvent
	event.Agreement = wallet.AgreementNews{Reference: a.Reference}
	switch a.Status {
	case agreementSigned:
		event.Agreement.Code = a.AuthCode
	case agreementEnded:
		event.Agreement.Ended = true
	default:
		return event, false, nil
	}
	return event, true, nil
}
