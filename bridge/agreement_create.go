package bridge

import (
	"context"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// AgreementRequest asks for an agreement. It is the merchant's to ask for.
type AgreementRequest struct {
	App         string
	Wallet      string // empty: the app's first that has agreements
	Title       string
	Description string
	Limit       wallet.Money // of each payment; zero: none is named
	Language    string       // BCP 47; empty: the wallet decides
}

// CreateAgreement commits an agreement, asks the wallet where the payer signs it, and
// commits the answer: the agreement's Action.
//
// Faults: Invalid; NotFound for an unknown app; Unsupported when the wallet has no
// agreements, or this server no sealer; KeyReused; Conflict while the same key is at
// work; Declined when the wallet refuses for sure; Unavailable and Unknown when it gave
// no answer: the same key asks again.
func (e *Engine) CreateAgreement(ctx context.Context, req AgreementRequest, once *Once[Agreement]) (Outcome[Agreement], error) {
	a, err := e.newAgreement(&req)
	if err != nil {
		return Outcome[Agreement]{}, err
	}
	held, err := e.store.AddAgreement(ctx, a, once.claim(string(a.ID), a.CreatedAt))
	if err != nil {
		return Outcome[Agreement]{}, err
	}
	if once != nil && held.Subject != string(a.ID) {
		return e.resumeAgreement(ctx, &held, once)
	}
	return e.prepare(ctx, &a, once)
}

// newAgreement is the agreement that is asked for, busy with its first call.
func (e *Engine) newAgreement(req *AgreementRequest) (Agreement, error) {
	app, err := e.App(req.App)
	if err != nil {
		return Agreement{}, err
	}
	if req.Limit != (wallet.Money{}) && (req.Limit.Currency.Valid() != nil || !req.Limit.Positive()) {
		return Agreement{}, fault.InvalidField("bridge.CreateAgreement", "limit", "must be more than zero")
	}
	if err := checkTexts("bridge.CreateAgreement", "title", req.Title, "description", req.Description); err != nil {
		return Agreement{}, err
	}
	name, err := e.agreeingWallet(app, req.Wallet)
	if err != nil {
		return Agreement{}, err
	}
	now := e.clock()
	id, err := newAgreementID(now, e.random)
	if err != nil {
		return Agreement{}, err
	}
	return Agreement{
		ID: id, App: app.Name, Wallet: name, Reference: id.reference(), Status: AgreementPending,
		Title: req.Title, Description: req.Description, Limit: req.Limit, Language: req.Language,
		CreatedAt: now, BusyUntil: now.Add(e.timeout + busyGrace),
	}, nil
}

// agreeingWallet is the wallet of that name, or the app's first that has agreements.
//
// Faults: Invalid; Unsupported.
func (e *Engine) agreeingWallet(app *App, name string) (string, error) {
	const op = "bridge.CreateAgreement"
	if e.sealer == nil {
		return "", errNoSealer(op)
	}
	if name == "" {
		for _, name := range app.Wallets {
			if can[wallet.Agreer](e.wallets[name].Wallet) {
				return name, nil
			}
		}
		return "", fault.New(fault.Unsupported, op, "No wallet of this app has agreements.")
	}
	name, err := app.wallet(name)
	if err != nil {
		return "", err
	}
	_, err = e.agreer(op, name)
	return name, err
}

// agreer is a wallet's part that has agreements.
//
// Faults: Unsupported.
func (e *Engine) agreer(op, name string) (wallet.Agreer, error) {
	if e.sealer == nil {
		return nil, errNoSealer(op)
	}
	if t := e.wallets[name]; t != nil {
		if agreer, ok := wallet.As[wallet.Agreer](t.Wallet); ok {
			return agreer, nil
		}
	}
	return nil, fault.New(fault.Unsupported, op, "This wallet has no agreements.")
}

func errNoSealer(op string) error {
	return fault.New(fault.Unsupported, op, "This server keeps no agreements: it has nothing to seal them with.")
}

// resumeAgreement goes on with what an earlier request with the same key began.
func (e *Engine) resumeAgreement(ctx context.Context, held *Claim, once *Once[Agreement]) (Outcome[Agreement], error) {
	id := AgreementID(held.Subject)
	if done, err := replayed(e, once, held, Agreement{ID: id}); done != nil || err != nil {
		return orZero(done), err
	}
	a, done, err := e.engage(ctx, id, once, func(a *Agreement) (bool, error) {
		if a.busy(e.clock()) {
			return false, errBusy()
		}
		return a.Status != AgreementPending || a.Action != nil, nil
	})
	if done != nil || err != nil {
		return orZero(done), err
	}
	return e.prepare(ctx, &a, once)
}

// prepare asks the wallet where the payer signs. Asked again it names another place for
// the same agreement, and either will do.
func (e *Engine) prepare(ctx context.Context, a *Agreement, once *Once[Agreement]) (Outcome[Agreement], error) {
	const op = "bridge.CreateAgreement"
	agreer, err := e.agreer(op, a.Wallet)
	if err != nil {
		return Outcome[Agreement]{}, err
	}
	action, err := call(ctx, e, e.wallets[a.Wallet], func(ctx context.Context) (wallet.Action, error) {
		return agreer.PrepareAgreement(ctx, wallet.AgreementRequest{
			Reference: a.Reference, Title: a.Title, Description: a.Description, Limit: a.Limit,
			Language: a.Language, NotifyURL: e.public + "/notify/" + a.Wallet,
		})
	})
	return e.settleAgreement(ctx, a, err, once, verdictOn{
		refusal: "The wallet refused the agreement.",
		accept: func(a *Agreement) {
			if a.Status == AgreementPending {
				a.Action = &action
			}
		},
		refuse: func(a *Agreement) { a.end(e.clock()) },
	})
}

func (a *Agreement) busy(now time.Time) bool { return a.BusyUntil.After(now) }
