package bridge

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// AgreementAttention says why a person should look at an agreement. It follows from the
// agreement and the time, and is stored nowhere.
type AgreementAttention string

// The reasons. docs/attention.md says what a person does about each.
const (
	AgreementUnsigned    AgreementAttention = "agreement_unsigned"    // the payer has not signed for a day
	AgreementUnconfirmed AgreementAttention = "agreement_unconfirmed" // a call to the wallet got no answer
)

// AgreementAttentions are all reasons.
var AgreementAttentions = []AgreementAttention{AgreementUnsigned, AgreementUnconfirmed}

// ResolvedEnded is the outcome by which a person ends an agreement in our books.
const ResolvedEnded = "ended"

// AgreementOutcomes are the outcomes that each reason may be resolved with, beside none.
var AgreementOutcomes = map[AgreementAttention][]string{
	AgreementUnsigned:    {ResolvedEnded},
	AgreementUnconfirmed: {ResolvedEnded},
}

// unsignedLimit is how long an agreement may be pending before it needs a person.
const unsignedLimit = 24 * time.Hour

// AgreementResolution is what a person decided about a reason for attention.
type AgreementResolution struct {
	Attention AgreementAttention `json:"attention"`
	Outcome   string             `json:"outcome,omitzero"`
	By        string             `json:"by"`
	Note      string             `json:"note"`
	At        time.Time          `json:"at"`
}

// Attention lists the reasons why a person should look at the agreement now.
func (a *Agreement) Attention(now time.Time) []AgreementAttention {
	list := []AgreementAttention{}
	for _, why := range AgreementAttentions {
		if a.flagged(why, now) {
			list = append(list, why)
		}
	}
	return list
}

// flagged says whether a reason stands: it has arisen, and no person has dealt with it
// since.
func (a *Agreement) flagged(why AgreementAttention, now time.Time) bool {
	since := a.attentionSince(why)
	if since.IsZero() || now.Before(since) {
		return false
	}
	return !slices.ContainsFunc(a.Resolutions, func(r AgreementResolution) bool {
		return r.Attention == why && !r.At.Before(since)
	})
}

// attentionSince is when a reason arises or has arisen; zero when it does not.
func (a *Agreement) attentionSince(why AgreementAttention) time.Time {
	switch {
	case why == AgreementUnsigned && a.Status == AgreementPending:
		return a.CreatedAt.Add(unsignedLimit)
	case why == AgreementUnconfirmed && a.Status != AgreementEnded && !a.BusyUntil.IsZero():
		return a.BusyUntil // a call whose outcome is stored clears it
	case why == AgreementUnconfirmed && a.Status != AgreementEnded:
		return a.UnansweredAt
	}
	return time.Time{}
}

// answered notes whether the wallet has answered a call. One that was surely not
// executed says nothing about the call before it.
func (a *Agreement) answered(result verdict, now time.Time) {
	switch result {
	case accepted, refused:
		a.UnansweredAt = time.Time{}
	case unclear:
		a.UnansweredAt = now
	}
}

// mostResolutions bounds the decisions that are kept with an agreement, the newest last.
const mostResolutions = 32

// ResolveAgreement clears a reason for attention until it arises anew, and with the
// outcome ended ends the agreement in our books; the wallet is not told.
//
// Faults: NotFound; Invalid; Conflict when the reason does not stand, or while a call for
// the agreement is under way and an outcome is given; KeyReused.
func (e *Engine) ResolveAgreement(ctx context.Context, app string, id AgreementID, r AgreementResolution, once *Once[Agreement]) (Outcome[Agreement], error) {
	if done, err := e.takeFor(ctx, app, id, once); done != nil || err != nil {
		return orZero(done), err
	}
	var outcome Outcome[Agreement]
	stored, _, err := e.updateAgreement(ctx, id, nil, func(c *AgreementChange) error {
		outcome = Outcome[Agreement]{}
		if err := c.Agreement.resolve(r, e.clock()); err != nil {
			return err
		}
		outcome.Answer = once.keep(&c.Answer, c.Agreement, nil)
		return nil
	})
	outcome.Subject = stored
	return outcome, err
}

func (a *Agreement) resolve(r AgreementResolution, now time.Time) error {
	const op = "bridge.ResolveAgreement"
	allowed, known := AgreementOutcomes[r.Attention]
	switch {
	case !known:
		return fault.InvalidField(op, "attention", "is not a reason for attention of an agreement")
	case strings.TrimSpace(r.Note) == "":
		return fault.InvalidField(op, "note", "is required")
	case wallet.TextFlaw(r.Note) != "":
		return fault.InvalidField(op, "note", wallet.TextFlaw(r.Note))
	case r.Outcome != "" && !slices.Contains(allowed, r.Outcome):
		return fault.InvalidField(op, "outcome", "must be "+strings.Join(allowed, ", ")+", or left out")
	case !a.flagged(r.Attention, now):
		return fault.New(fault.Conflict, op, "The agreement has no such attention.")
	case r.Outcome != "" && a.busy(now):
		return errBusy()
	}
	if r.Outcome == ResolvedEnded {
		a.end(now)
	}
	r.At = now
	a.Resolutions = append(slices.Clone(a.Resolutions), r)
	if n := len(a.Resolutions); n > mostResolutions {
		a.Resolutions = a.Resolutions[n-mostResolutions:]
	}
	return nil
}

// AnyAgreementAttention asks for agreements that have a reason for attention.
const AnyAgreementAttention AgreementAttention = "any"

// attentionPage is how many agreements are read at once to find those that need a person.
const attentionPage = 200

// flaggedAgreements are the agreements of a query that have the attention it asks for.
// The reasons follow from the time, so every agreement of the query is looked at until
// the page is full.
func (e *Engine) flaggedAgreements(ctx context.Context, q AgreementQuery) ([]Agreement, error) {
	now, limit := e.clock(), q.Limit
	if q.Attention == AgreementUnsigned && q.Status == "" {
		q.Status = AgreementPending
	}
	var found []Agreement
	q.Limit = attentionPage
	for {
		list, err := e.store.Agreements(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if !list[i].needs(q.Attention, now) {
				continue
			}
			if found = append(found, list[i]); len(found) == limit {
				return found, nil
			}
		}
		if len(list) < attentionPage {
			return found, nil
		}
		q.Before = list[len(list)-1].ID
	}
}

// needs says whether a reason stands, or any.
func (a *Agreement) needs(why AgreementAttention, now time.Time) bool {
	if why == AnyAgreementAttention {
		return len(a.Attention(now)) > 0
	}
	return a.flagged(why, now)
}
