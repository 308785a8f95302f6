package merchant_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// records are a bridge.Archive and a store.Endpoints in memory, as their interfaces
// have them, and record their queries.
type records struct {
	orders     map[bridge.OrderID]bridge.Order
	made       []bridge.OrderID // oldest first
	feed       []store.FeedEvent
	deliveries []store.DeliveryRecord // newest first
	own        []store.Endpoint
	keys       map[[32]byte]store.APIKey
	keysDown   error
	used       []string // "key_… 12:00:00"
	claims     map[string]bridge.Claim
	reads      int // of orders and keys
	lastQuery  any // the last query
	audit      []store.AuditEntry
	auditDown  error
	horizon    store.ArchiveFile
	down       error // of whatever is requested but keys of the API
}

func newRecords() records {
	return records{
		orders: map[bridge.OrderID]bridge.Order{}, keys: map[[32]byte]store.APIKey{}, claims: map[string]bridge.Claim{},
	}
}

var errNotThere = fault.New(fault.NotFound, "test", "No row.")

func (s *records) put(o bridge.Order) {
	if _, known := s.orders[o.ID]; !known {
		s.made = append(s.made, o.ID)
	}
	s.orders[o.ID] = o
}

func (s *records) addRefund(id bridge.OrderID, r bridge.Refund) bridge.Order {
	o := s.orders[id]
	r.Number, r.Payment, r.CreatedAt = len(o.Refunds)+1, 1, o.CreatedAt
	o.Refunds = append(slices.Clone(o.Refunds), r)
	s.put(o)
	return o
}

// take takes a key, or returns the claim that holds it.
func (s *records) take(claim *bridge.Claim) (held bridge.Claim, taken bool) {
	held, taken = s.claims[claim.Scope+" "+claim.Key]
	if !taken {
		return *claim, false
	}
	return held, true
}

// behind is what comes after the entry of an id, or all.
func behind[T any](list []T, id string, idOf func(T) string, limit int) ([]T, error) {
	if id != "" {
		at := slices.IndexFunc(list, func(v T) bool { return idOf(v) == id })
		if at < 0 {
			return nil, errNotThere
		}
		list = list[at+1:]
	}
	return list[:min(limit, len(list))], nil
}

func (s *records) Orders(_ context.Context, q store.OrderQuery) ([]bridge.Order, error) {
	if s.down != nil {
		return nil, s.down
	}
	s.lastQuery = q
	var list []bridge.Order
	for _, id := range slices.Backward(s.made) {
		if o := s.orders[id]; o.App == q.App && (q.Status == "" || q.Status == o.Status) {
			list = append(list, o)
		}
	}
	return behind(list, string(q.Before), func(o bridge.Order) string { return string(o.ID) }, q.Limit)
}

func (s *records) Refunds(_ context.Context, q store.RefundQuery) ([]store.RefundEntry, error) {
	if s.down != nil {
		return nil, s.down
	}
	s.lastQuery = q
	var list []store.RefundEntry
	for _, id := range slices.Backward(s.made) {
		o := s.orders[id]
		for i := range o.Refunds {
			if o.App == q.App && (q.Order == "" || q.Order == o.ID) {
				list = append(list, store.RefundEntry{Order: o, Number: len(o.Refunds) - i})
			}
		}
	}
	return behind(list, q.Before, func(e store.RefundEntry) string { return e.Order.ID.RefundID(e.Number) }, q.Limit)
}

func (s *records) Feed(_ context.Context, q store.FeedQuery) ([]store.FeedEvent, error) {
	if s.down != nil {
		return nil, s.down
	}
	s.lastQuery = q
	if s.horizon.Number > 0 && q.After != s.horizon.Last {
		return nil, store.Archived("test")
	}
	list := slices.DeleteFunc(slices.Clone(s.feed), func(e store.FeedEvent) bool { return s.orders[e.Order].App != q.App })
	after := ""
	if q.After != (bridge.EventKey{}) {
		after = q.After.ID()
	}
	return behind(list, after, func(e store.FeedEvent) string { return e.Key().ID() }, q.Limit)
}

func (s *records) Horizon(context.Context, string) (store.ArchiveFile, error) {
	return s.horizon, s.down
}

func (s *records) Archives(context.Context, string, int64, int) ([]store.ArchiveFile, error) {
	return []store.ArchiveFile{s.horizon}, s.down
}

func (s *records) Deliveries(_ context.Context, q store.DeliveryQuery) ([]store.DeliveryRecord, error) {
	if s.down != nil {
		return nil, s.down
	}
	s.lastQuery = q
	list := slices.DeleteFunc(slices.Clone(s.deliveries), func(d store.DeliveryRecord) bool {
		return d.App != q.App || q.ID != "" && q.ID != d.ID || q.Order != "" && q.Order != d.Order
	})
	return behind(list, q.Before, func(d store.DeliveryRecord) string { return d.ID }, q.Limit)
}

func (s *records) ReplayMessage(_ context.Context, app, id string, now time.Time, claim *bridge.Claim) (bridge.Claim, error) {
	held, taken := s.take(claim)
	if taken {
		return held, nil
	}
	for i := range s.deliveries {
		if d := &s.deliveries[i]; d.App == app && d.ID == id {
			d.Status, d.Attempts, d.Note, d.RunAt, d.CreatedAt = store.Undelivered, 0, "", now, now
			d.TriedAt, d.Took, d.Answer = time.Time{}, 0, store.Answer{}
			s.claims[claim.Scope+" "+claim.Key] = *claim
			return *claim, nil
		}
	}
	return bridge.Claim{}, errNotThere
}

func (s *records) Endpoints(context.Context) ([]store.Endpoint, int64, error) {
	return s.own, 0, s.down
}

func (s *records) AddEndpoint(_ context.Context, e store.Endpoint, claim *bridge.Claim) (bridge.Claim, error) {
	held, taken := s.take(claim)
	if taken {
		return held, nil
	}
	s.own = append(s.own, e)
	s.claims[claim.Scope+" "+claim.Key] = *claim
	return *claim, nil
}

func (s *records) UpdateEndpoint(_ context.Context, app, id string, claim *bridge.Claim, change func(*store.Endpoint) error) (store.Endpoint, bridge.Claim, error) {
	if s.down != nil {
		return store.Endpoint{}, bridge.Claim{}, s.down
	}
	if claim == nil {
		claim = &bridge.Claim{}
	} else if held, taken := s.take(claim); taken {
		return store.Endpoint{}, held, nil
	}
	at := s.endpoint(app, id)
	if at < 0 {
		return store.Endpoint{}, bridge.Claim{}, errNotThere
	}
	e := s.own[at]
	if err := change(&e); err != nil {
		return store.Endpoint{}, bridge.Claim{}, err
	}
	s.own[at] = e
	if claim.Key != "" {
		s.claims[claim.Scope+" "+claim.Key] = *claim
	}
	return e, *claim, nil
}

func (s *records) RemoveEndpoint(_ context.Context, app, id string) error {
	if s.down != nil {
		return s.down
	}
	at := s.endpoint(app, id)
	if at < 0 {
		return errNotThere
	}
	s.own = slices.Delete(s.own, at, at+1)
	return nil
}

func (s *records) endpoint(app, id string) int {
	return slices.IndexFunc(s.own, func(e store.Endpoint) bool { return e.App == app && e.ID == id })
}

func (s *records) APIKey(_ context.Context, digest [32]byte) (store.APIKey, error) {
	s.reads++
	if k, ok := s.keys[digest]; ok {
		return k, s.keysDown
	}
	return store.APIKey{}, errNotThere
}

func (*records) DueEndpoints(context.Context, time.Time) ([]store.EndpointKey, error) {
	panic("the API delivers nothing")
}
func (*records) AddAPIKey(context.Context, store.APIKey) error { panic("the API makes no keys") }
func (*records) APIKeys(context.Context, string) ([]store.APIKey, error) {
	panic("the API lists no keys")
}
func (*records) RevokeAPIKey(context.Context, string, string, time.Time) error {
	panic("the API revokes no keys")
}

func (s *records) UseAPIKey(_ context.Context, id string, at time.Time) error {
	s.used = append(s.used, id+" "+at.Format(time.TimeOnly))
	return s.keysDown
}

// holds reports whether a text stands anywhere in what is kept.
func (s *records) holds(text string) bool {
	for _, c := range s.claims {
		if c.Answer != nil && strings.Contains(string(c.Answer.Body), text) {
			return true
		}
	}
	return slices.ContainsFunc(s.own, func(e store.Endpoint) bool {
		return strings.Contains(e.Secret, text) || strings.Contains(e.Previous, text)
	})
}

func (s *records) AddAuditEntry(_ context.Context, e store.AuditEntry) error {
	s.audit = append(s.audit, e)
	return s.auditDown
}

func (s *records) CompleteAuditEntry(_ context.Context, id, outcome string) error {
	for i := range s.audit {
		if s.audit[i].ID == id {
			s.audit[i].Outcome = outcome
		}
	}
	return s.auditDown
}
