package agreement

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// permits checks that an amount is within the limit that the payer has agreed to.
//
// Faults: Invalid.
func (a *Agreement) permits(m wallet.Money) error {
	const op = "agreement.CreateOrder"
	switch {
	case !a.Limit.Positive():
		return nil
	case m.Currency != a.Limit.Currency:
		return fault.InvalidField(op, "amount.currency", "must be the agreement's, "+string(a.Limit.Currency))
	case m.Minor > a.Limit.Minor:
		return fault.InvalidField(op, "amount", "is more than the agreement's limit")
	}
	return nil
}

// inForce checks that an agreement is active and its token usable or renewable.
//
// Faults: Conflict.
func (a *Agreement) inForce(now time.Time) error {
	const op = "agreement.CreateOrder"
	switch {
	case a.Status == Pending:
		return fault.New(fault.Conflict, op, "The payer has not signed the agreement.")
	case a.Status != Active:
		return errEnded(op)
	case a.stale(now) && !a.renewable(now):
		return fault.New(fault.Conflict, op, "The agreement has expired. The payer signs another one.")
	}
	return nil
}

// Charge requests that an order is charged by an agreement.
type Charge struct {
	App       string
	Agreement bridge.AgreementID
	Amount    wallet.Money
	Wallet    string // empty: the agreement's
	Payer     string // empty: the agreement's
}

// Terms returns the wallet that an order is charged at by an agreement, and the payer.
//
// Faults: Invalid; Unsupported; Conflict when the agreement is not active.
func (c Charges) Terms(ctx context.Context, req Charge) (walletName string, payer bridge.Payer, err error) {
	a, err := c.service.store.Agreement(ctx, req.Agreement)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return "", bridge.Payer{}, err
	}
	if err := c.service.chargeable(&a, &req); err != nil {
		return "", bridge.Payer{}, err
	}
	return a.Wallet, bridge.Payer{ID: a.Payer.ID, Wallet: a.Wallet}, nil
}

// chargeable checks that a request may be charged by an agreement. The zero agreement is one
// that does not exist.
func (s *Service) chargeable(a *Agreement, req *Charge) error {
	const op = "agreement.CreateOrder"
	switch {
	case a.ID == "" || a.App != req.App:
		return fault.InvalidField(op, "agreement", "is not an agreement of this app")
	case req.Wallet != "" && req.Wallet != a.Wallet:
		return fault.InvalidField(op, "wallet", "is not the agreement's")
	case req.Payer != "" && req.Payer != a.Payer.ID:
		return fault.InvalidField(op, "payer", "is not the agreement's")
	}
	if _, err := s.agreer(op, a.Wallet); err != nil {
		return err
	}
	if err := a.permits(req.Amount); err != nil {
		return err
	}
	return a.inForce(s.clock())
}
