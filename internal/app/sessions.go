package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge/revocation"
	"github.com/minitill/minitill/signing"
)

// sessionsCommand revokes sessions of payers. It works on the store, beside the nodes.
type sessionsCommand struct {
	Revoke revokeSessionsCommand `cmd:"" help:"End sessions before they expire: one, those of a payer, or all of an app."`
}

type revokeSessionsCommand struct {
	flags
	Session   string `arg:"" optional:"" help:"One session: ses_…, the jti of its token."`
	TokenFile string `placeholder:"FILE" help:"One session, by a file that holds its token."`
	Payer     string `help:"Every session of this payer."`
	Wallet    string `help:"With --payer: only those of this wallet."`
	All       bool   `help:"Every session of the app."`
	App       string `help:"The app; every app, unless given."`
}

// Run stores the revocation, which running nodes poll.
func (c *revokeSessionsCommand) Run(ctx context.Context, env Env) error {
	r, err := c.revocation()
	if err != nil {
		return err
	}
	return c.withClock(ctx, func(config *config, store database, now func() time.Time) error {
		if c.App != "" {
			if r.App, err = config.appNamed(c.App); err != nil {
				return err
			}
		}
		book, err := revocation.Open(ctx, revocation.Config{Store: store, SessionTTL: signing.DefaultSessionTTL, Now: now})
		if err != nil {
			return err
		}
		done, err := book.Revoke(ctx, r)
		if err != nil {
			return plain(err)
		}
		_, err = fmt.Fprintf(env.Out, "Revoked %s, as of %s. Every node refuses them within %s.\n", named(&done), when(done.At), revocation.Period)
		return err
	})
}

// revocation returns what the flags select, in exactly one way.
func (c *revokeSessionsCommand) revocation() (r revocation.Revocation, err error) {
	ways := 0
	for _, given := range []bool{c.Session != "", c.TokenFile != "", c.Payer != "", c.All} {
		if given {
			ways++
		}
	}
	if ways != 1 {
		return r, errors.New("say what to end: a session, --token-file, --payer or --all")
	}
	r = revocation.Revocation{Session: c.Session, Payer: c.Payer, Wallet: c.Wallet, By: person()}
	if c.TokenFile != "" {
		token, err := signing.ReadSecretFile(c.TokenFile)
		if err != nil {
			return r, err
		}
		if r.Session, err = signing.SessionID(string(token.Reveal())); err != nil {
			return r, plain(err)
		}
	}
	return r, nil
}

// named describes what a revocation ended.
func named(r *revocation.Revocation) string {
	of := " of every app"
	if r.App != "" {
		of = " of app " + r.App
	}
	switch {
	case r.Session != "":
		return "session " + r.Session + of
	case r.Wallet != "":
		return "sessions of payer " + r.Payer + " at " + r.Wallet + of
	case r.Payer != "":
		return "sessions of payer " + r.Payer + of
	}
	return "all sessions" + of
}
