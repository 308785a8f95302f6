package ottpay

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/wire"
)

const (
	pathToken  = "/api/v1/auth/token"
	renewEarly = time.Minute // before a token expires
)

// tokens are the tokens of one account. One is fetched at a time, for all callers that wait.
type tokens struct {
	*account
	appID  string
	appKey signing.Secret

	mu      sync.Mutex
	token   signing.Secret
	ends    time.Time
	renewal *renewal // in progress, or nil
}

// renewal is one fetch of a token.
type renewal struct {
	done  chan struct{}
	token signing.Secret
	err   error
}

// get returns a token that is valid for a while. A token that was refused is replaced.
//
// Faults: Unavailable: without a token nothing was sent.
func (t *tokens) get(ctx context.Context, refused signing.Secret) (signing.Secret, error) {
	t.mu.Lock()
	if !t.token.IsZero() && !t.token.Equal(refused) && t.now().Before(t.ends.Add(-renewEarly)) {
		defer t.mu.Unlock()
		return t.token, nil
	}
	r := t.renewal
	if r == nil {
		r = &renewal{done: make(chan struct{})}
		t.renewal = r
		go t.renew(context.WithoutCancel(ctx), r) // for other callers too, which may wait longer than this one
	}
	t.mu.Unlock()
	select {
	case <-r.done:
		return r.token, r.err
	case <-ctx.Done():
		return signing.Secret{}, fault.Wrap(fault.Unavailable, "ottpay.token", ctx.Err())
	}
}

// renew fetches a token.
func (t *tokens) renew(ctx context.Context, r *renewal) {
	token, ends, err := t.fetch(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.token, t.ends = token, ends
	}
	r.token, r.err, t.renewal = token, err, nil
	close(r.done)
}

func (t *tokens) fetch(ctx context.Context) (signing.Secret, time.Time, error) {
	const op = "ottpay.token"
	body := wire.NewObject().Text("appId", t.appID).Text("appKey", string(t.appKey.Reveal())).End()
	result, err := t.post(ctx, op, pathToken, signing.Secret{}, body)
	if err != nil {
		return signing.Secret{}, time.Time{}, notSent(err)
	}
	token := result.text("token")
	ends, err := wire.Unix(wire.Literal(result.text("expired")), time.Millisecond)
	if err != nil || token == "" || !wire.ValidHeaderValue(token) {
		return signing.Secret{}, time.Time{}, notSent(wire.Unknown(op, wire.ErrMalformed))
	}
	return signing.NewSecret(token), ends, nil
}

// notSent is the fault of a call that was not sent because there is no token.
func notSent(err error) error {
	f := *fault.Of(err)
	f.Kind = fault.Unavailable
	return &f
}
