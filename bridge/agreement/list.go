package agreement

import (
	"context"

	"github.com/minitill/minitill/bridge"
)

// Agreement returns an agreement of an app. Another app's does not exist.
//
// Faults: NotFound.
func (s *Service) Agreement(ctx context.Context, app string, id bridge.AgreementID) (Agreement, error) {
	a, err := s.store.Agreement(ctx, id)
	if err == nil {
		err = a.ownedBy(app)
	}
	if err != nil {
		return Agreement{}, err
	}
	return a, nil
}

// Agreements returns agreements of an app, the newest first.
//
// Faults: NotFound when Before is no agreement of the app.
func (s *Service) Agreements(ctx context.Context, q Query) ([]Agreement, error) {
	if q.Attention != "" {
		return s.flaggedAgreements(ctx, q)
	}
	return s.store.Agreements(ctx, q)
}

// flaggedAgreements returns the agreements of a query that have the requested attention. The
// reasons follow from the time, so it reads every agreement of the query until the page is
// full.
func (s *Service) flaggedAgreements(ctx context.Context, q Query) ([]Agreement, error) {
	now, limit := s.clock(), q.Limit
	if q.Attention == Unsigned && q.Status == "" {
		q.Status = Pending
	}
	var found []Agreement
	q.Limit = attentionPage
	for {
		list, err := s.store.Agreements(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range list {
			if !list[i].hasAttention(q.Attention, now) {
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

// attentionPage is how many agreements are read at once to find those that need a person.
const attentionPage = 200
