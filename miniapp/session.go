package miniapp

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

type sessionBody struct {
	Wallet   string `json:"wallet" validate:"max=40"`
	AuthCode string `json:"authCode" validate:"max=2048" text:"no"`
}

type sessionAnswer struct {
	Token     string     `json:"token"`
	ExpiresAt time.Time  `json:"expiresAt"`
	Payer     view.Payer `json:"payer"`
}

// createSession opens a session for the payer of an auth code, or for a guest.
//
// Faults: Invalid; NotFound for an unknown wallet or app; Forbidden for a guest where the
// app allows none; RateLimited; Unauthenticated or Declined for a code that is refused;
// those of the wallet.
func (a *API) createSession(c *gin.Context) error {
	ctx, from := c.Request.Context(), limit.KeyOf(c.Request)
	if err := a.gate.Take(ctx, limit.Session, from); err != nil {
		return err
	}
	var body sessionBody
	if _, err := problem.DecodeOptional(c.Writer, c.Request, &body); err != nil {
		return err
	}
	app, walletName, err := a.place(c.Query("app"), body.Wallet)
	if err != nil {
		return err
	}
	if err := a.checkOrigin(c.Request, app); err != nil {
		return err
	}
	session := signing.Session{App: app.Name, Wallet: walletName}
	method, err := a.recognize(c.Request, &session, body.AuthCode)
	if err == nil && method != ByHost {
		err = a.identify(ctx, app, &session, body.AuthCode, from)
	}
	a.signedIn(method, err)
	if err != nil {
		return err
	}
	token, expires, err := a.tokens.IssueSession(session)
	if err != nil {
		return err
	}
	a.opened(app.Name, session.Guest)
	return web.Send(c, http.StatusCreated, sessionAnswer{token, expires.UTC(), view.Payer{ID: session.Payer}})
}

// place finds the app and the wallet of a session: a wallet implies its app, and an app
// alone its first wallet.
func (a *API) place(appName, walletName string) (*engine.App, string, error) {
	if walletName == "" && appName != "" {
		app, err := a.engine.App(appName)
		if err != nil {
			return nil, "", err
		}
		return app, app.Wallets[0], nil
	}
	app, walletName, err := a.engine.AppOfWallet(walletName)
	if err == nil && appName != "" && appName != app.Name {
		return nil, "", fault.InvalidField("miniapp.place", "wallet", "is not a wallet of this app")
	}
	return app, walletName, err
}

// The methods by which payers sign in.
const (
	ByAuthCode = "auth_code" // of the wallet
	AsGuest    = "guest"
	ByHost     = "host" // by Config.Payer
)

// SignIns are the methods by which payers sign in.
var SignIns = []string{ByAuthCode, AsGuest, ByHost}

// recognize returns the method of a sign-in. It fills in the payer that Config.Payer returns.
// An auth code takes precedence: it identifies the wallet's own customer.
func (a *API) recognize(r *http.Request, s *signing.Session, code string) (method string, err error) {
	switch {
	case code != "":
		return ByAuthCode, nil
	case a.payer == nil:
		return AsGuest, nil
	}
	payer, err := a.payer(r)
	switch {
	case err != nil:
		return ByHost, err
	case payer.ID == "":
		return AsGuest, nil
	}
	s.Payer, s.Guest = payer.ID, payer.Wallet != s.Wallet
	return ByHost, nil
}

// identify sets the payer of a session. from is the caller's address: too many refused
// codes of one address are answered without a call to the wallet.
func (a *API) identify(ctx context.Context, app *engine.App, s *signing.Session, code, from string) error {
	if code == "" {
		if !app.Guests {
			return fault.New(fault.Forbidden, "miniapp.identify", "This app takes no guests, which the setting guests would allow: authCode is required.")
		}
		s.Payer, s.Guest = "guest_"+rand.Text(), true
		return nil
	}
	if err := a.gate.Blocked(limit.AuthCode, from); err != nil {
		return err
	}
	err := a.signIn(ctx, s, code)
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Declined, fault.Invalid, fault.Expired:
		a.gate.Failed(ctx, limit.AuthCode, from)
	}
	return err
}

// signIn queries the wallet for the payer of an auth code.
func (a *API) signIn(ctx context.Context, s *signing.Session, code string) error {
	if err := a.useCode(ctx, s.Wallet, code); err != nil {
		return err
	}
	payer, err := a.engine.SignIn(ctx, s.Wallet, code)
	s.Payer = payer.ID
	return err
}
