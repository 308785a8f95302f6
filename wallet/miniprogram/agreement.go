package miniprogram

import (
	"cmp"
	"context"
	"fmt"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// PrepareAgreement returns where the payer agrees to be charged later.
//
// Faults: Unsupported where the profile has no agreements; otherwise those of every call.
//
// Source: the family's "prepare" page, v1 and v2.
func (w *Wallet) PrepareAgreement(ctx context.Context, req wallet.AgreementRequest) (wallet.Action, error) {
	const op = "miniprogram.PrepareAgreement"
	if err := w.agrees(op); err != nil {
		return wallet.Action{}, err
	}
	var out prepareJSON
	if err := w.call(ctx, op, pathPrepare, w.encodePrepare(req), &out); err != nil {
		return wallet.Action{}, err
	}
	sign, err := action(wallet.ActionSign, cmp.Or(out.AuthURL, out.AuthURL2))
	if err != nil {
		return wallet.Action{}, wire.Unknown(op, err)
	}
	return *sign, nil
}

func (w *Wallet) encodePrepare(req wallet.AgreementRequest) []byte {
	o := w.newUserCall()
	if w.profile.PartnerID {
		o = o.Text("partnerId", w.names.partnerID)
	}
	reference := req.Reference
	if w.profile.AgreementClient {
		reference = cmp.Or(w.names.appID, reference)
	}
	return o.Text("scopes", "AGREEMENT_PAY").Text("referenceClientId", reference).
		InnerText("extendInfo", w.terms(req)).End()
}

// terms are what the payer reads before agreeing.
func (w *Wallet) terms(req wallet.AgreementRequest) wire.Object {
	if !w.profile.AgreementTerms {
		return wire.NewObject().Text("language", req.Language).Text("contractDesc", wire.Truncate(req.Description, mostTitle))
	}
	o := wire.NewObject().Text("contractTitle", wire.Truncate(req.Title, mostTitle)).Text("contractDesc", wire.Truncate(req.Description, mostTitle))
	if req.Limit.Positive() {
		o = o.Inner("agreedAmount", w.profile.amount(req.Limit))
	}
	return o.Text("startTime", w.now().UTC().Format("2006-01-02")).Text("contractStatusNotifyUrl", req.NotifyURL)
}

// SignAgreement exchanges the code that signing gave the client.
//
// Faults: those of ExchangeAuthCode, and Unsupported.
func (w *Wallet) SignAgreement(ctx context.Context, code string) (wallet.Agreement, error) {
	const op = "miniprogram.SignAgreement"
	if err := w.agrees(op); err != nil {
		return wallet.Agreement{}, err
	}
	tokens, err := w.applyToken(ctx, op, grantCode, code)
	if err != nil {
		return wallet.Agreement{}, err
	}
	return tokens.agreement(op, wallet.Payer{})
}

// RenewAgreement exchanges the refresh token for a new pair, after which the old one is not
// valid: the answer must be stored before it is used.
//
// Faults: Unauthenticated for a token that was used or is too old; Unavailable; Unknown when no
// answer came, after which the old token may not be valid.
func (w *Wallet) RenewAgreement(ctx context.Context, a wallet.Agreement) (wallet.Agreement, error) {
	const op = "miniprogram.RenewAgreement"
	if err := w.agrees(op); err != nil {
		return wallet.Agreement{}, err
	}
	tokens, err := w.applyToken(ctx, op, grantRefresh, string(a.Refresh))
	if err != nil {
		return wallet.Agreement{}, err
	}
	return tokens.agreement(op, a.Payer)
}

// agreement returns what the tokens permit. Where the answer does not name the payer, it is
// that of the former agreement.
func (t *tokenJSON) agreement(op string, payer wallet.Payer) (wallet.Agreement, error) {
	if !wire.ValidIDs(t.CustomerID) || differ(t.CustomerID, payer.ID) {
		return wallet.Agreement{}, wire.Unknown(op, fmt.Errorf("%w: customerId", wire.ErrMalformed))
	}
	payer.ID = cmp.Or(t.CustomerID, payer.ID)
	return wallet.Agreement{
		Payer: payer, Token: wallet.Token(t.AccessToken), ExpiresAt: moment(t.AccessTokenExpiry),
		Refresh: wallet.Token(t.RefreshToken), RefreshExpires: moment(t.RefreshTokenExpiry),
	}, nil
}

// EndAgreement revokes the agreement's tokens. One that is not valid any more has ended.
//
// Faults: Unsupported; otherwise those of every call.
//
// Source: the family's "cancelToken" page.
func (w *Wallet) EndAgreement(ctx context.Context, a wallet.Agreement) error {
	const op = "miniprogram.EndAgreement"
	if err := w.agrees(op); err != nil {
		return err
	}
	var out doneJSON
	body := wire.NewObject().Text("accessToken", string(a.Token)).End()
	err := w.call(ctx, op, w.profile.RevokePath, body, &out)
	switch code := fault.Of(err).Code; {
	case err == nil, code == "INVALID_ACCESS_TOKEN", code == "EXPIRED_ACCESS_TOKEN":
		return nil
	}
	return err
}

func (w *Wallet) agrees(op string) error {
	if !w.profile.CanAgree {
		return fault.New(fault.Unsupported, op, "This wallet has no agreements.")
	}
	return nil
}
