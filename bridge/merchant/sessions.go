package merchant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/revocation"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// Sessions revokes session tokens; *revocation.Book does.
type Sessions interface {
	Revoke(ctx context.Context, r revocation.Revocation) (revocation.Revocation, error)
}

// sessionsBody names the sessions to revoke: one by its id or token, those of a payer, or
// all.
type sessionsBody struct {
	Session string `json:"session" validate:"max=64"`
	Token   string `json:"token" validate:"max=4096"`
	Payer   string `json:"payer" validate:"max=128"`
	Wallet  string `json:"wallet" validate:"max=40"`
	All     bool   `json:"all"`
}

// check checks that the body names sessions in exactly one way.
func (b *sessionsBody) check() error {
	var found fault.Fields
	checkText("session", b.Session, &found)
	checkText("payer", b.Payer, &found)
	checkText("wallet", b.Wallet, &found)
	ways := 0
	for _, named := range []bool{b.Session != "", b.Token != "", b.Payer != "", b.All} {
		if named {
			ways++
		}
	}
	switch {
	case ways != 1:
		found.Add("session", "is required; or token, payer or all in its place, one of them")
	case b.Wallet != "" && b.Payer == "":
		found.Add("wallet", "goes with payer only")
	}
	return found.Invalid("merchant")
}

// sessionsAnswer names which sessions are revoked, and since when.
type sessionsAnswer struct {
	Session   string    `json:"session,omitempty"`
	Payer     string    `json:"payer,omitempty"`
	Wallet    string    `json:"wallet,omitempty"`
	All       bool      `json:"all,omitempty"`
	RevokedAt time.Time `json:"revokedAt"`
}

// revokeSessions revokes sessions of the key's app, whose clients must sign in again.
//
// Faults: Invalid; KeyReused; Conflict when too many are revoked one by one; Unsupported
// on a server that keeps no revocations.
func (a *API) revokeSessions(c *gin.Context, r *request) error {
	var body sessionsBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err == nil {
		err = body.check()
	}
	if err == nil {
		err = a.sessionOf(r, &body)
	}
	if err != nil {
		return err
	}
	if a.sessions == nil {
		return fault.New(fault.Unsupported, "merchant.revokeSessions", "This server keeps no list of revoked sessions.")
	}
	done, err := a.sessions.Revoke(c.Request.Context(), revocation.Revocation{
		App: r.app, Session: body.Session, Payer: body.Payer, Wallet: body.Wallet, By: r.by(),
		Request: hexDigest(r.scope() + "\x00" + r.once), Digest: hexDigest(r.route + "\x00" + string(raw)),
	})
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, sessionsAnswer{
		Session: body.Session, Payer: body.Payer, Wallet: body.Wallet, All: body.All, RevokedAt: done.At,
	})
}

// sessionOf replaces the token of the body by the id of its session. A token that is not
// valid, or another app's, is refused.
//
// Faults: Invalid.
func (a *API) sessionOf(r *request, body *sessionsBody) error {
	if body.Token == "" {
		return nil
	}
	s, err := a.tokens.ParseSession(body.Token)
	if err != nil || s.App != r.app {
		return invalid("token", "is not a valid session token of this app")
	}
	body.Session = s.ID
	return nil
}

func hexDigest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
