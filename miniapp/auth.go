package miniapp

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// caller is the payer of a request, or the order, that its token names.
type caller struct {
	app    string
	wallet string
	payer  bridge.Payer
	order  bridge.OrderID // of an order token

	session signing.Session // of a session token
}

// authenticate reads the bearer token of a request: a session token or an order token.
//
// Faults: Unauthenticated; Forbidden for a page of another app.
func (a *API) authenticate(r *http.Request) (caller, error) {
	token, err := bearer(r)
	if err != nil {
		return caller{}, err
	}
	who, err := a.callerOf(token)
	return a.checkHome(r, who, err)
}

// checkHome returns the caller, unless the request comes from a page of another app.
func (a *API) checkHome(r *http.Request, who caller, err error) (caller, error) {
	if err != nil || r.Header.Get("Origin") == "" {
		return who, err
	}
	if app, err := a.engine.App(who.app); err == nil { // an unknown app is refused later
		return who, a.checkOrigin(r, app)
	}
	return who, nil
}

func (a *API) callerOf(token string) (caller, error) {
	if claimsOrderAudience(token) {
		return a.orderCaller(token)
	}
	return a.sessionCaller(token)
}

func (a *API) sessionCaller(token string) (caller, error) {
	s, err := a.tokens.ParseSession(token)
	switch {
	case err != nil:
		return caller{}, err
	case a.revoked(s):
		return caller{}, unauthenticated("The session was ended. Sign in again.")
	}
	return caller{
		app: s.App, wallet: s.Wallet,
		payer: bridge.Payer{ID: s.Payer, Wallet: s.Wallet, Guest: s.Guest}, session: s,
	}, nil
}

// signedOut reports whether the session of a caller was revoked since authenticate.
func (a *API) signedOut(who *caller) bool { return who.order == "" && a.revoked(who.session) }

func (a *API) orderCaller(token string) (caller, error) {
	o, err := a.tokens.ParseOrder(token)
	if err != nil {
		return caller{}, err
	}
	return caller{app: o.App, wallet: o.Wallet, order: bridge.OrderID(o.Order)}, nil
}

// bearer is the token in the Authorization header.
func bearer(r *http.Request) (string, error) { return web.Bearer(r, "A session token") }

func unauthenticated(detail string) error {
	return fault.New(fault.Unauthenticated, "miniapp.authenticate", detail)
}

// claimsOrderAudience reads the audience of a token before its signature is verified, so
// that each token costs one verification. A false audience fails that.
func claimsOrderAudience(token string) bool {
	const enough = 1024
	_, rest, _ := strings.Cut(token, ".")
	payload, _, _ := strings.Cut(rest, ".")
	var buf [enough]byte
	if base64.RawURLEncoding.DecodedLen(len(payload)) > enough {
		payload = payload[:enough] // the audience is among the first members
	}
	n, _ := base64.RawURLEncoding.Decode(buf[:], []byte(payload))
	return bytes.Contains(buf[:n], []byte(`"aud":"order"`))
}

// order returns an order of the caller.
//
// Faults: NotFound.
func (a *API) order(ctx context.Context, who caller, id string) (bridge.Order, error) {
	if who.order != "" && string(who.order) != id {
		return bridge.Order{}, web.NotFound("order", nil)
	}
	return a.find(ctx, id, who.owns)
}

// find returns the order of an id when may allows it.
//
// Faults: NotFound.
func (a *API) find(ctx context.Context, id string, may func(*bridge.Order) bool) (bridge.Order, error) {
	orderID, _ := bridge.ParseOrderID(id)
	return web.FindOrder(ctx, a.engine, "order", orderID, may)
}

// owns reports whether an order is the caller's: the one that an order token names, or one
// of the session's payer and app.
func (who caller) owns(o *bridge.Order) bool {
	switch {
	case o.App != who.app:
		return false
	case who.order != "":
		return o.ID == who.order
	}
	return samePayer(o.Payer, who.payer)
}

// samePayer compares an order's payer with a session's. Payers of two wallets may have
// the same id; an order of the merchant's may name no wallet.
func samePayer(of, session bridge.Payer) bool {
	if of.ID == "" || of.ID != session.ID || of.Guest != session.Guest {
		return false
	}
	return of.Guest || of.Wallet == "" || of.Wallet == session.Wallet
}
