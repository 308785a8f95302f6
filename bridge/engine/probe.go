package engine

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const (
	// noPayment is a request id in the form of ours that no order has: the time in it is 1970.
	noPayment  = "00000000000000000000000000P1"
	probeLimit = 10 * time.Second
)

// Probe sends a wallet a status query about a payment that does not exist. The answer that it
// does not exist proves that the wallet is reached and accepts our signature. No money moves.
//
// Faults: Unsupported for a wallet without status queries; Unavailable for one that is not
// configured; those of the wallet.
func (e *Engine) Probe(ctx context.Context, name string) error {
	w, err := e.wallets.Named(name)
	if err != nil {
		return err
	}
	if _, err = w.Query(ctx, probeLimit, wallet.Ref{RequestID: noPayment}); fault.KindOf(err) == fault.NotFound {
		return nil
	}
	return err
}
