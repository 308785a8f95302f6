package miniapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/limit"
)

// Limiter bounds how often something is done under a key.
type Limiter = limit.Limiter

// Nonces records values that may be used once: first is true for the first call with a
// value. An error counts as first; the wallet refuses a code that was used.
type Nonces interface {
	Once(ctx context.Context, namespace, value string, ttl time.Duration) (first bool, err error)
}

// limitOrder counts one order or payment of a payer. Guests count by their address too,
// since a caller can open any number of guest sessions.
//
// Faults: RateLimited.
func (a *API) limitOrder(c *gin.Context, who caller, owner string) error {
	ctx := c.Request.Context()
	if who.payer.Guest {
		if err := a.gate.Take(ctx, limit.GuestOrder, limit.KeyOf(c.Request)); err != nil {
			return err
		}
	}
	return a.gate.Take(ctx, limit.Order, owner)
}

// tokenOf is the token of a caller who was authenticated.
func tokenOf(c *gin.Context) string {
	token, err := bearer(c.Request)
	if err != nil {
		return c.Query("token") // as streamCaller takes it
	}
	return token
}

// codeLife is longer than an auth code is valid at any wallet.
const codeLife = time.Hour

// useCode lets an auth code pass once. Only its digest is stored.
//
// Faults: Unauthenticated when it was used before.
func (a *API) useCode(ctx context.Context, walletName, code string) error {
	if a.nonces == nil {
		return nil
	}
	sum := sha256.Sum256([]byte(code))
	first, err := a.nonces.Once(ctx, "auth-code:"+walletName, hex.EncodeToString(sum[:]), codeLife)
	switch {
	case err != nil:
		a.log.Debug("nonces unavailable; only the wallet checks the auth code", "wallet", walletName, "fault", err)
	case !first:
		return unauthenticated("This auth code was used before.")
	}
	return nil
}
