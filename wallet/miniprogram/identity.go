package miniprogram

import (
	"cmp"
	"context"
	"fmt"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// The grants of applyToken.
const (
	grantCode    = "AUTHORIZATION_CODE"
	grantRefresh = "REFRESH_TOKEN"
)

// ExchangeAuthCode returns the payer. The id is stable for one payer at one mini program; the
// name is requested only where it is configured, and its absence does not prevent a payment.
//
// Faults: Unauthenticated for a code that is unknown, too old or was used; Unavailable when the
// wallet does not know the outcome: a new code is needed in both cases.
//
// Source: the family's "applyToken" and "inquiryUserInfo" pages, v1 and v2.
func (w *Wallet) ExchangeAuthCode(ctx context.Context, code string) (wallet.Payer, error) {
	const op = "miniprogram.ExchangeAuthCode"
	tokens, err := w.applyToken(ctx, op, grantCode, code)
	if err != nil {
		return wallet.Payer{}, err
	}
	payer := wallet.Payer{ID: tokens.CustomerID}
	if w.userInfo || payer.ID == "" {
		user, err := w.user(ctx, op, tokens)
		if err != nil && payer.ID == "" {
			return wallet.Payer{}, err
		}
		if err != nil {
			w.log.Warn("the payer's name could not be read", "wallet", w.name, "fault", err)
		}
		payer.ID = cmp.Or(payer.ID, user.UserInfo.UserID)
		payer.Name = wire.Clip(cmp.Or(user.UserInfo.NickName, user.UserInfo.UserName.FullName))
	}
	if payer.ID == "" || !wire.ValidIDs(payer.ID) {
		return wallet.Payer{}, wire.Unknown(op, fmt.Errorf("%w: customerId", wire.ErrMalformed))
	}
	return payer, nil
}

// applyToken exchanges a code or a refresh token for the tokens of one payer.
func (w *Wallet) applyToken(ctx context.Context, op, grant, secret string) (tokenJSON, error) {
	if secret == "" || len(secret) > maxToken {
		return tokenJSON{}, fault.New(fault.Unauthenticated, op, badCode)
	}
	o := w.newUserCall().Text("grantType", grant)
	if grant == grantCode {
		o = o.Text("authCode", secret)
	} else {
		o = o.Text("refreshToken", secret)
	}
	if belongs := w.names.belongsTo; w.profile.BelongsTo == BelongsMember {
		o = o.Text("customerBelongsTo", belongs)
	} else {
		o = o.InnerText("extendInfo", wire.NewObject().Text("customerBelongsTo", belongs))
	}
	var out tokenJSON
	if err := w.call(ctx, op, pathApplyToken, o.End(), &out); err != nil {
		return tokenJSON{}, refusedCode(err)
	}
	if out.AccessToken == "" || len(out.AccessToken) > maxToken || len(out.RefreshToken) > maxToken {
		return tokenJSON{}, wire.Unknown(op, fmt.Errorf("%w: accessToken", wire.ErrMalformed))
	}
	return out, nil
}

// refusedCode is for exchanges: after F a new code is needed, and after U as well, since the
// old one may have been used up.
func refusedCode(err error) error {
	if fault.Of(err).Code == "" {
		return err // no answer, or none that can be relied on
	}
	err = wire.Reclassify(err, fault.Unauthenticated, fault.Declined, fault.NotFound, fault.Conflict, fault.Invalid)
	return wire.Reclassify(err, fault.Unavailable, fault.Unknown)
}

// newUserCall begins the body of a call about a payer.
func (w *Wallet) newUserCall() wire.Object {
	if w.profile.AuthClient {
		return wire.NewObject().Text("appId", w.names.appID).Text("authClientId", w.names.authClientID)
	}
	return wire.NewObject()
}

// user returns the owner of the token. A token that is too old already is renewed once.
func (w *Wallet) user(ctx context.Context, op string, tokens tokenJSON) (userJSON, error) {
	user, err := w.inquireUser(ctx, op, tokens.AccessToken)
	if fault.Of(err).Code != "EXPIRED_ACCESS_TOKEN" {
		return user, err
	}
	renewed, err := w.applyToken(ctx, op, grantRefresh, tokens.RefreshToken)
	if err != nil {
		return userJSON{}, err
	}
	return w.inquireUser(ctx, op, renewed.AccessToken)
}

func (w *Wallet) inquireUser(ctx context.Context, op, accessToken string) (userJSON, error) {
	var out userJSON
	body := w.newUserCall().Text("accessToken", accessToken).End()
	if err := w.call(ctx, op, w.profile.UserInfoPath, body, &out); err != nil {
		return userJSON{}, err
	}
	return out, nil
}
