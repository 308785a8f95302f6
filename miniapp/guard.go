package miniapp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"github.com/minitill/minitill/fault"
)

// Limiter bounds how often something is done under a key, such as
// "session:192.0.2.1". An error lets the request pass: limits may vanish, payments
// go on.
type Limiter interface {
	Allow(ctx context.Context, key string) (ok bool, retryAfter time.Duration, err error)
}

// Nonces remembers what may happen once: first is true for the first call with a
// value. An error counts as first; the wallet still refuses a code that was used.
type Nonces interface {
	Once(ctx context.Context, namespace, value string, ttl time.Duration) (first bool, err error)
}

// limit counts one use of a key.
//
// Faults: RateLimited.
func (a *API) limit(ctx context.Context, key string) error {
	if a.limiter == nil {
		return nil
	}
	ok, after, err := a.limiter.Allow(ctx, key)
	switch {
	case err != nil:
		a.log.Warn("the limiter is away; the request passes", "fault", err)
	case !ok:
		return &fault.Error{
			Kind: fault.RateLimited, Op: "miniapp.limit", RetryAfter: max(after, time.Second),
			Detail: "There were too many requests. Try again later.",
		}
	}
	return nil
}

// addressKey is what a caller's address counts as. Whoever has one IPv6 address has
// its whole /64.
func addressKey(ip string) string {
	address, err := netip.ParseAddr(ip)
	if err != nil || !address.Is6() || address.Is4In6() {
		return ip
	}
	prefix, _ := address.Prefix(64) // 64 is fewer bits than it has
	return prefix.String()
}

// codeLife is longer than any wallet honours an auth code.
const codeLife = time.Hour

// spend lets an auth code pass once. Only its digest is kept.
//
// Faults: Unauthenticated when it was used before.
func (a *API) spend(ctx context.Context, walletName, code string) error {
	if a.nonces == nil {
		return nil
	}
	sum := sha256.Sum256([]byte(code))
	first, err := a.nonces.Once(ctx, "auth-code:"+walletName, hex.EncodeToString(sum[:]), codeLife)
	switch {
	case err != nil:
		a.log.Warn("the nonces are away; the wallet judges the code alone", "wallet", walletName, "fault", err)
	case !first:
		return unauthenticated("This auth code was used before.")
	}
	return nil
}
