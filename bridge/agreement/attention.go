package agreement

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/bridge/outbound"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Attention is a reason why a person should look at an agreement. It follows from the
// agreement and the time, and is not stored.
type Attention string

// The reasons. docs/attention.md says what a person does about each.
const (
	Unsigned    Attention = "agreement_unsigned"    // the payer has not signed for a day
	Unconfirmed Attention = "agreement_unconfirmed" // a call to the wallet got no answer
)

// Attentions lists all reasons.
var Attentions = []Attention{Unsigned, Unconfirmed}

// ResolvedEnded is the outcome with which a person ends an agreement in our books.
const ResolvedEnded = "ended"

// ResolveOutcomes are the outcomes that each reason may be resolved with, beside none.
var ResolveOutcomes = map[Attention][]string{
	Unsigned:    {ResolvedEnded},
	Unconfirmed: {ResolvedEnded},
}

// unsignedLimit is how long an agreement may be pending before it needs a person.
const unsignedLimit = 24 * time.Hour

// Resolution is what a person decided about a reason for attention.
type Resolution struct {
	Attention Attention `json:"attention"`
	Outcome   string    `json:"outcome,omitzero"`
	By        string    `json:"by"`
	Note      string    `json:"note"`
	At        time.Time `json:"at"`
}

// Attention lists the reasons why a person should look at the agreement now.
func (a *Agreement) Attention(now time.Time) []Attention {
	list := []Attention{}
	for _, why := range Attentions {
		if a.flagged(why, now) {
			list = append(list, why)
		}
	}
	return list
}

// flagged reports whether a reason stands: it has arisen and was not resolved since.
func (a *Agreement) flagged(why Attention, now time.Time) bool {
	since := a.attentionSince(why)
	if since.IsZero() || now.Before(since) {
		return false
	}
	return !slices.ContainsFunc(a.Resolutions, func(r Resolution) bool {
		return r.Attention == why && !r.At.Before(since)
	})
}

// attentionSince returns when a reason arises or has arisen; zero when it does not.
func (a *Agreement) attentionSince(why Attention) time.Time {
	switch {
	case why == Unsigned && a.Status == Pending:
		return a.CreatedAt.Add(unsignedLimit)
	case why == Unconfirmed && a.Status != Ended && !a.BusyUntil.IsZero():
		return a.BusyUntil // a call whose outcome is stored clears it
	case why == Unconfirmed && a.Status != Ended:
		return a.UnansweredAt
	}
	return time.Time{}
}

// recordAnswer records whether the wallet answered a call. A call that was surely not
// executed says nothing about the one before it.
func (a *Agreement) recordAnswer(result outbound.Verdict, now time.Time) {
	switch result {
	case outbound.Accepted, outbound.Refused:
		a.UnansweredAt = time.Time{}
	case outbound.Unclear:
		a.UnansweredAt = now
	}
}

// maxResolutions bounds the resolutions that are stored with an agreement, the newest last.
const maxResolutions = 32

// ResolveAgreement clears a reason for attention until it arises anew. With ResolvedEnded it
// ends the agreement in our books without a call to the wallet.
//
// Faults: NotFound; Invalid; Conflict when the reason does not stand, or while a call for
// the agreement is under way and an outcome is given; KeyReused.
func (s *Service) ResolveAgreement(ctx context.Context, app string, id bridge.AgreementID, r Resolution, once *Once) (Outcome, error) {
	if done, ok, err := s.take(ctx, app, id, once); ok || err != nil {
		return done, err
	}
	var outcome Outcome
	stored, _, err := s.updateAgreement(ctx, id, nil, func(c *Change) error {
		outcome = Outcome{}
		if err := c.Agreement.resolve(r, s.clock()); err != nil {
			return err
		}
		outcome.Answer = once.Keep(&c.Answer, c.Agreement, nil)
		return nil
	})
	outcome.Subject = stored
	return outcome, err
}

// resolve checks a resolution and applies it.
func (a *Agreement) resolve(r Resolution, now time.Time) error {
	const op = "agreement.ResolveAgreement"
	allowed, known := ResolveOutcomes[r.Attention]
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
		return idempotency.ErrBusy()
	}
	if r.Outcome == ResolvedEnded {
		a.end(now)
	}
	r.At = now
	a.Resolutions = append(slices.Clone(a.Resolutions), r)
	if n := len(a.Resolutions); n > maxResolutions {
		a.Resolutions = a.Resolutions[n-maxResolutions:]
	}
	return nil
}

// AnyAttention selects agreements that have a reason for attention.
const AnyAttention Attention = "any"

// hasAttention reports whether a reason stands, or with AnyAttention whether any does.
func (a *Agreement) hasAttention(why Attention, now time.Time) bool {
	if why == AnyAttention {
		return len(a.Attention(now)) > 0
	}
	return a.flagged(why, now)
}
