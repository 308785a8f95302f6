package agreement

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/bridge/schedule"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Request is a request for an agreement. Only the merchant makes such requests.
type Request struct {
	App         string
	Wallet      string // empty: the app's first that has agreements
	Title       string
	Description string
	Limit       wallet.Money // of each payment; zero: none is named
	Language    string       // BCP 47; empty: the wallet decides
}

// CreateAgreement commits an agreement, prepares it at the wallet, and commits the answer:
// the agreement's Action, by which the payer signs.
//
// Faults: Invalid; NotFound for an unknown app; Unsupported when the wallet has no
// agreements, or this server no sealer; KeyReused; Conflict while a request with the same
// key is under way; Declined when the wallet refuses; Unavailable and Unknown when it did
// not answer: the same key sends the request again.
func (s *Service) CreateAgreement(ctx context.Context, req Request, once *Once) (Outcome, error) {
	a, err := s.newAgreement(&req)
	if err != nil {
		return Outcome{}, err
	}
	held, err := s.store.AddAgreement(ctx, a, once.Claim(string(a.ID), a.CreatedAt))
	if err != nil {
		return Outcome{}, err
	}
	if once != nil && held.Subject != string(a.ID) {
		return s.resumeAgreement(ctx, &held, once)
	}
	return s.prepare(ctx, &a, once)
}

// newAgreement makes the requested agreement, reserved for its first call.
func (s *Service) newAgreement(req *Request) (Agreement, error) {
	app, wallets, err := s.app(req.App)
	if err != nil {
		return Agreement{}, err
	}
	if req.Limit != (wallet.Money{}) && (req.Limit.Currency.Valid() != nil || !req.Limit.Positive()) {
		return Agreement{}, fault.InvalidField("agreement.CreateAgreement", "limit", "must be more than zero")
	}
	if err := input.CheckTexts("agreement.CreateAgreement", "title", req.Title, "description", req.Description); err != nil {
		return Agreement{}, err
	}
	name, err := s.agreeingWallet(wallets, req.Wallet)
	if err != nil {
		return Agreement{}, err
	}
	now := s.clock()
	id, err := bridge.NewAgreementID(now, s.random)
	if err != nil {
		return Agreement{}, err
	}
	return Agreement{
		ID: id, App: app, Wallet: name, Reference: id.Reference(), Status: Pending,
		Title: req.Title, Description: req.Description, Limit: req.Limit, Language: req.Language,
		CreatedAt: now, BusyUntil: now.Add(s.timeout + schedule.BusyGrace),
	}, nil
}

// agreeingWallet returns the wallet of that name, or the app's first that has agreements.
//
// Faults: Invalid; Unsupported.
func (s *Service) agreeingWallet(wallets []string, name string) (string, error) {
	const op = "agreement.CreateAgreement"
	if s.sealer == nil {
		return "", errNoSealer(op)
	}
	if name == "" {
		for _, name := range wallets {
			if outbound.Can[wallet.Agreer](s.wallets[name].Wallet) {
				return name, nil
			}
		}
		return "", fault.New(fault.Unsupported, op, "No wallet of this app has agreements.")
	}
	if !slices.Contains(wallets, name) {
		return "", fault.InvalidField(op, "wallet", "is not a wallet of this app")
	}
	_, err := s.agreer(op, name)
	return name, err
}

// agreer returns the Agreer of a wallet.
//
// Faults: Unsupported.
func (s *Service) agreer(op, name string) (wallet.Agreer, error) {
	if s.sealer == nil {
		return nil, errNoSealer(op)
	}
	if t := s.wallets[name]; t != nil {
		if agreer, ok := wallet.As[wallet.Agreer](t.Wallet); ok {
			return agreer, nil
		}
	}
	return nil, fault.New(fault.Unsupported, op, "This wallet has no agreements.")
}

func errNoSealer(op string) error {
	return fault.New(fault.Unsupported, op, "This server keeps no agreements: it has nothing to seal them with.")
}

// resumeAgreement resumes what an earlier request with the same key began.
func (s *Service) resumeAgreement(ctx context.Context, held *bridge.Claim, once *Once) (Outcome, error) {
	id := bridge.AgreementID(held.Subject)
	if done, ok, err := once.Replay(s.sealer, held, Agreement{ID: id}); ok || err != nil {
		return done, err
	}
	a, outcome, done, err := s.reserve(ctx, id, once, func(a *Agreement) (bool, error) {
		if a.busy(s.clock()) {
			return false, idempotency.ErrBusy()
		}
		return a.Status != Pending || a.Action != nil, nil
	})
	if done || err != nil {
		return outcome, err
	}
	return s.prepare(ctx, &a, once)
}

// prepare calls PrepareAgreement and commits the action by which the payer signs. A repeat
// returns another action for the same agreement, and both are valid.
func (s *Service) prepare(ctx context.Context, a *Agreement, once *Once) (Outcome, error) {
	const op = "agreement.CreateAgreement"
	agreer, err := s.agreer(op, a.Wallet)
	if err != nil {
		return Outcome{}, err
	}
	action, err := outbound.Call(ctx, s.wallets[a.Wallet], outbound.PrepareAgreement, func(ctx context.Context) (wallet.Action, error) {
		return agreer.PrepareAgreement(ctx, wallet.AgreementRequest{
			Reference: a.Reference, Title: a.Title, Description: a.Description, Limit: a.Limit,
			Language: a.Language, NotifyURL: s.public + "/notify/" + a.Wallet,
		})
	})
	return s.settleAgreement(ctx, a, err, once, settlement{
		refusal: "The wallet refused the agreement.",
		accept: func(a *Agreement) {
			if a.Status == Pending {
				a.Action = &action
			}
		},
		refuse: func(a *Agreement) { a.end(s.clock()) },
	})
}

func (a *Agreement) busy(now time.Time) bool { return a.BusyUntil.After(now) }
