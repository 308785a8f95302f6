package index

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// state is what the index keeps of one order: what its lists, names and sums depend on. Its
// JSON is the doc of an entry.
type state struct {
	// Order has no texts, no items and no personal data; see slim.
	Order bridge.Order `json:"order"`
	Payer string       `json:"payer,omitzero"` // the digest of the payer's id
	// PaidAt and ChangedAt are UTC milliseconds by our clock; PaidAt is zero unless the order
	// was paid.
	PaidAt    int64   `json:"paidAt,omitzero"`
	ChangedAt int64   `json:"changedAt,omitzero"`
	Outcome   outcome `json:"outcome,omitzero"`
}

// outcome is how an order ended, and where sums count it.
type outcome struct {
	Status wallet.Status `json:"status,omitzero"` // zero while the order is open
	At     int64         `json:"at,omitzero"`     // UTC milliseconds
	Wallet string        `json:"wallet,omitzero"`
}

// form is how states are encoded: text of a wallet that is not UTF-8 is repaired and not refused.
var form = json.JoinOptions(json.Deterministic(true), jsontext.AllowInvalidUTF8(true))

func (s *state) encode() (string, error) {
	b, err := json.Marshal(s, form)
	if err != nil {
		return "", fault.Wrap(fault.Internal, "index.encode", err)
	}
	return string(b), nil
}

func decodeState(doc string) (s state, err error) {
	if err := json.Unmarshal([]byte(doc), &s, form); err != nil {
		return state{}, fault.Wrap(fault.Internal, "index.decode", err)
	}
	return s, nil
}

// fold applies an event and adds what it changes to the sums. The order's app is that of
// the feed.
func (s *state) fold(e *bridge.Event, sums *tally) {
	before := s.Order
	after := bridge.Resume(before, *e)
	s.ChangedAt = e.At.UnixMilli()
	if after.Payer.ID != "" {
		s.Payer = payerDigest(after.Payer.ID)
	}
	s.countOutcome(&before, &after, e, sums)
	countMoney(&before, &after, e, sums)
	s.Order = slim(after)
}

// countOutcome counts a new order, and moves an order between the counts of outcomes.
func (s *state) countOutcome(before, after *bridge.Order, e *bridge.Event, sums *tally) {
	at := e.At.UnixMilli()
	if before.Sequence == 0 {
		sums.add(key{after.Amount.Currency, at, lastWallet(after)}, created, 1)
	}
	ended := wallet.Status("")
	if after.Final() {
		ended = after.Status
	}
	if ended == s.Outcome.Status {
		return
	}
	s.addOutcome(after, sums, -1)
	s.Outcome = outcome{}
	if ended == "" {
		return
	}
	s.Outcome = outcome{ended, at, outcomeWallet(after, e)}
	s.addOutcome(after, sums, 1)
	if ended == wallet.Paid && s.PaidAt == 0 {
		s.PaidAt = at
	}
}

// addOutcome counts the outcome of an order, or takes back that it was counted.
func (s *state) addOutcome(o *bridge.Order, sums *tally, n int64) {
	m, counted := outcomes[s.Outcome.Status]
	if !counted {
		return
	}
	k := key{o.Amount.Currency, s.Outcome.At, s.Outcome.Wallet}
	sums.add(k, m, n)
	if m == paid {
		took := time.UnixMilli(s.Outcome.At).Sub(o.CreatedAt)
		sums.add(k, toPaid+measure(bucketOf(took)), n)
	}
}

// outcomeWallet returns the wallet at which an order ended: that of the payment that the
// event is about, or of the newest one.
func outcomeWallet(o *bridge.Order, e *bridge.Event) string {
	if p := e.Data.Payment; p != nil {
		return p.Wallet
	}
	return lastWallet(o)
}

func lastWallet(o *bridge.Order) string {
	if p := o.LastPayment(); p != nil {
		return p.Wallet
	}
	return ""
}

// slim returns an order without what no list, name or sum depends on.
func slim(o bridge.Order) bridge.Order {
	payments, refunds := slices.Clone(o.Payments), slices.Clone(o.Refunds)
	for i, p := range payments {
		payments[i] = bridge.Payment{
			Number: p.Number, Wallet: p.Wallet, Status: p.Status, WalletPaymentID: p.WalletPaymentID, OtherIDs: p.OtherIDs,
			PaidID: p.PaidID, Paid: p.Paid, Refunded: p.Refunded, Reversed: p.Reversed, Fees: p.Fees,
		}
	}
	for i, r := range refunds {
		refunds[i] = bridge.Refund{
			Number: r.Number, Payment: r.Payment, Status: r.Status, WalletRefundID: r.WalletRefundID, Amount: r.Amount, Fee: r.Fee,
		}
	}
	return bridge.Order{
		ID: o.ID, App: o.App, Status: o.Status, Amount: o.Amount, Reference: o.Reference,
		Paid: o.Paid, Refunded: o.Refunded, RefundOpen: o.RefundOpen, Reversed: o.Reversed,
		CreatedAt: o.CreatedAt, Closed: o.Closed, Payments: payments, Refunds: refunds, Flags: o.Flags, Sequence: o.Sequence,
	}
}

// payerDigest returns what the index holds of a payer's id: it can be searched for, and not
// be read.
func payerDigest(id string) string {
	sum := sha256.Sum256([]byte("payer\x00" + normal(id)))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// entry returns the order as lists show it.
func (s *state) entry() Entry {
	o := &s.Order
	return Entry{
		ID: o.ID, App: o.App, Status: o.Status, Wallet: lastWallet(o), Reference: o.Reference,
		Amount: o.Amount, Paid: o.Money(o.Paid), Refunded: o.Money(o.Refunded),
		RefundPending: o.Money(o.RefundOpen), Reversed: o.Money(o.Reversed), Attention: o.Attention(),
		CreatedAt: o.CreatedAt, PaidAt: fromMillis(s.PaidAt), ChangedAt: fromMillis(s.ChangedAt), Version: o.Sequence,
	}
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// names returns the texts under which an order is found, beside its own ids.
func (s *state) names() []string {
	found := []string{s.Order.Reference}
	for i := range s.Order.Payments {
		p := &s.Order.Payments[i]
		found = append(append(found, p.IDs()...), p.PaidID)
	}
	for i := range s.Order.Refunds {
		found = append(found, s.Order.Refunds[i].WalletRefundID)
	}
	for i, name := range found {
		found[i] = normal(name)
	}
	slices.Sort(found)
	found = slices.Compact(found)
	return slices.DeleteFunc(found, func(name string) bool { return name == "" })
}

// place is an order's place in one list.
type place struct {
	list string
	at   int64
}

// places returns the order's place in each list that it is in: of all orders, of its amount
// and of its payer; each by the time of creation and, once paid, by that time; and each of
// these again for its reasons for attention.
func (s *state) places() []place {
	terms := []string{"", amountTerm(s.Order.Amount.Decimal())}
	if s.Payer != "" {
		terms = append(terms, payerTerm(s.Payer))
	}
	reasons := []string{""}
	if open := s.Order.Attention(); len(open) > 0 {
		reasons = append(reasons, AnyAttention)
		for _, why := range open {
			reasons = append(reasons, string(why))
		}
	}
	var found []place
	for _, term := range terms {
		for _, why := range reasons {
			found = append(found, place{listName(ByCreated, why, term), 0})
			if s.PaidAt != 0 {
				found = append(found, place{listName(ByPaid, why, term), s.PaidAt})
			}
		}
	}
	return found
}

// listName names the list of a term by a time, for a reason for attention or for all.
func listName(by Time, why, term string) string { return string(by[0]) + ":" + why + ":" + term }

func amountTerm(decimal string) string { return "=" + plainDecimal(decimal) }
func payerTerm(digest string) string   { return "@" + digest }

// plainDecimal returns a decimal without zeros that do not count, so that amounts of all
// currencies compare: "12.50" and "12.5" are one.
func plainDecimal(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction = strings.TrimRight(fraction, "0"); fraction != "" {
		whole += "." + fraction
	}
	return whole
}
