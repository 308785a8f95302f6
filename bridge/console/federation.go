package console

import (
	"context"
	"net/http"
	"strings"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/fault"
)

// Provider signs operators in somewhere else; *oidc.Provider does.
type Provider interface {
	// Start returns where the browser goes, and a text that waits in a cookie of it.
	Start(ctx context.Context) (address, flow string, err error)
	// Finish returns the person of the answer.
	Finish(ctx context.Context, flow, state, code string) (operator.Identity, error)
}

// flowLife is how long a browser may take at the provider, in seconds.
const flowLife = 600

// flow is the cookie in which a sign-in at the provider waits.
func (k cookie) flow(text string) *http.Cookie {
	c := &http.Cookie{
		Name: k.name + "_oidc", Value: text, Path: "/", HttpOnly: true, Secure: k.secure, SameSite: http.SameSiteLaxMode, MaxAge: flowLife,
	}
	if text == "" {
		c.MaxAge = -1
	}
	return c
}

// startProvider sends the browser to the provider. It is a link's: browsers follow no redirect
// of a form to another site, where the policy of the page keeps forms at home.
func startProvider(p *page) error {
	if p.provider == nil {
		return notFound("page")
	}
	address, flow, err := p.provider.Start(p.r.Context())
	if err != nil {
		return p.withoutProvider(err)
	}
	http.SetCookie(p.w, p.cookie.flow(flow))
	return p.seeOther(address)
}

// withoutProvider shows the sign-in page with why the provider cannot be used: there is the
// password.
func (p *page) withoutProvider(err error) error {
	p.log.Error("console: the identity provider failed; operators sign in by password meanwhile; check the provider and console.oidc", "request", p.requestID(), "fault", err)
	d := problemOf(err, p)
	return p.write(d.Status, frame{page: p, Title: "Sign in", Name: "sign-in", Data: p.signInForm(""), Fault: &d})
}

// finishProvider opens a session for the person whom the provider has signed in. The state in
// the browser's cookie proves that this browser has begun.
func finishProvider(p *page) error {
	if p.provider == nil {
		return notFound("page")
	}
	query := p.r.URL.Query()
	flow, err := p.r.Cookie(p.cookie.name + "_oidc")
	http.SetCookie(p.w, p.cookie.flow(""))
	if err != nil {
		return forbidden("This sign-in was begun in another browser, or too long ago. Begin again.")
	}
	if said := query.Get("error"); said != "" {
		return &fault.Error{Kind: fault.Forbidden, Op: "console.finishProvider", Code: strings.ToValidUTF8(said, "?"), Detail: "The identity provider did not sign you in."}
	}
	id, err := p.provider.Finish(p.r.Context(), flow.Value, query.Get("state"), query.Get("code"))
	if err != nil {
		return err
	}
	id.Browser = p.browser()
	token, _, err := p.operators.SignInIdentity(p.r.Context(), id)
	if err != nil {
		return err
	}
	p.cookie.set(p.w, token)
	return p.seeOther(p.base)
}
