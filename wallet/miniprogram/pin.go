package miniprogram

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// pinPeriod bounds how old the knowledge may be that the store has no pin, so how long a node
// may accept unsigned answers after another node has seen a signed one. A pin that could not
// be stored is stored again after the same time.
const pinPeriod = time.Minute

var errNoLongerSigned = errors.New("there is no Signature header, and the wallet has signed answers before")

// pin records that the wallet signs its answers, on first use: from then on an unsigned answer
// is refused, in this process at once, after a restart, and on every node that shares the store.
//
// The record belongs to the base URL and a public key of the wallet, so a wallet that is
// configured with another URL or with other keys only starts without one. While the wallet
// changes keys there are two, and each carries it.
type pin struct {
	pins   wallet.Pins
	names  []string // one for each key
	now    func() time.Time
	log    *slog.Logger
	wallet string // as configured

	known  atomic.Bool  // the wallet signs: seen here, or read from the store
	stored atomic.Bool  // all names are in the store
	tried  atomic.Int64 // when storing was last tried, in Unix nanoseconds
	absent atomic.Int64 // when the store last had no pin, in Unix nanoseconds
}

func newPin(env wallet.Env, base wire.Base, keys map[string]*rsa.PublicKey) *pin {
	p := &pin{pins: env.Pins, now: env.Now, log: env.Log, wallet: env.Name}
	endpoint := strings.ToLower(base.Host) + base.Path + "\n"
	for _, key := range keys {
		p.names = append(p.names, "signed-answers:"+wire.Digest(append([]byte(endpoint), x509.MarshalPKCS1PublicKey(key)...)))
	}
	return p
}

// set records that the wallet has signed an answer. It writes to the store once. A write that
// fails refuses no answer: this process knows, and a later signed answer stores it.
func (p *pin) set(ctx context.Context) {
	p.known.Store(true)
	if p.stored.Load() || !p.try() {
		return
	}
	if err := p.pins.Pin(ctx, p.names...); err != nil {
		p.log.Warn("it could not be stored that the wallet signs its answers; until it is, a restart forgets it", "wallet", p.wallet, "fault", err)
		return
	}
	p.stored.Store(true)
	p.log.Info("the wallet signs its answers: unsigned ones are refused from now on", "wallet", p.wallet)
}

// try reports whether it is this call that may store the pin, one in each pinPeriod.
func (p *pin) try() bool {
	last, now := p.tried.Load(), p.now()
	return !within(last, now) && p.tried.CompareAndSwap(last, now.UnixNano())
}

// allowsUnsigned returns nil when an unsigned answer may be accepted: no signed one was ever
// seen. Where the store cannot answer, the answer is refused: after a restart it may be the only
// one that knows.
func (p *pin) allowsUnsigned(ctx context.Context) error {
	if p.known.Load() {
		return errNoLongerSigned
	}
	now := p.now()
	if within(p.absent.Load(), now) {
		return nil
	}
	pinned, err := p.pins.Pinned(ctx, p.names...)
	switch {
	case err != nil:
		return fmt.Errorf("there is no Signature header, and whether there must be one could not be read: %w", err)
	case pinned:
		p.known.Store(true)
		return errNoLongerSigned
	}
	p.absent.Store(now.UnixNano())
	return nil
}

// within reports whether a moment was less than pinPeriod ago. One in the future was not: the
// clock was set back.
func within(moment int64, now time.Time) bool {
	age := now.Sub(time.Unix(0, moment))
	return moment != 0 && age >= 0 && age < pinPeriod
}
