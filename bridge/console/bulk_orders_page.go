package console

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// manyPage counts the orders that a filter selects, and acts on all of them.
type manyPage struct {
	ordersPage
	Counted bool
	Count   int
	More    bool   // than one bulk takes
	Until   string // the instant of the count
	CanNote bool   // one reason is chosen, which a note can clear at all
	Rate    int
	Bulks   []bulk
}

// Meaning explains the reason that is chosen.
func (v *manyPage) Meaning() meaning { return meanings[bridge.Attention(v.Attention)] }

// showBulk counts what a bulk would be about, where the address has a filter.
func showBulk(p *page) error {
	v := &manyPage{ordersPage: p.filterOf(), Rate: ordersBatch}
	var err error
	if v.Bulks, err = p.ownBulks(p.r.Context(), ordersDocument); err != nil {
		return err
	}
	if v.Filtered = filters(p.r.URL.Query()) != ""; v.Filtered {
		err = p.countMany(v)
	}
	if fault.KindOf(err) == fault.Invalid {
		return p.refused(err, "bulk", "Many orders", v)
	}
	if err != nil {
		return err
	}
	return p.show(http.StatusOK, "bulk", "Many orders", v)
}

func (p *page) countMany(v *manyPage) error {
	b, err := p.manyOf(&v.ordersPage, bulkRefresh, p.now())
	if err != nil {
		return err
	}
	v.Count, err = p.count(p.r.Context(), &b)
	v.Counted, v.More, v.Until = err == nil, v.Count >= bulkMost, strconv.FormatInt(b.Until.UnixMilli(), 10)
	v.CanNote = v.Attention != "" && v.Attention != store.AnyAttention
	return err
}

// manyOf is the bulk that a filter requests. It takes no text: a text may be a payer, which a
// bulk would keep.
//
// Faults: Invalid.
func (p *page) manyOf(v *ordersPage, kind bulkKind, until time.Time) (bulk, error) {
	s, err := v.search(p)
	if err != nil {
		return bulk{}, err
	}
	if v.Text != "" {
		return bulk{}, invalid("q", "does not select orders here; use the other filters")
	}
	if kind == bulkClear && (s.Attention == "" || s.Attention == store.AnyAttention) {
		return bulk{}, invalid("attention", "must be one reason: a note is about one")
	}
	now, until := p.now().UTC().Truncate(time.Millisecond), until.UTC().Truncate(time.Millisecond)
	if s.To.IsZero() || s.To.After(until) {
		s.To = until
	}
	if !s.From.Before(s.To) {
		return bulk{}, invalid("from", "must be before the end")
	}
	return bulk{
		App: p.app.Name, By: p.operator.Name, CreatedAt: now, From: s.From, To: s.To,
		onOrders: onOrders{Kind: kind, Operator: p.operator.ID, Status: s.Status, Wallet: s.Wallet, Attention: s.Attention, Until: until},
	}, nil
}

func refreshMany(p *page) error { return p.beginMany(bulkRefresh, maxReason) }

func clearMany(p *page) error { return p.beginMany(bulkClear, input.MaxNote) }

// beginMany begins a bulk about the orders that were counted. A form that is sent twice begins
// one.
func (p *page) beginMany(kind bulkKind, mostReason int) error {
	reason, err := p.reason(mostReason)
	if err != nil {
		return err
	}
	until, err := p.until()
	if err != nil {
		return err
	}
	v := p.filterOf()
	b, err := p.manyOf(&v, kind, until)
	if err != nil {
		return err
	}
	b.Reason = reason
	if b.ID, err = p.formID("blk_"); err != nil {
		return err
	}
	err = p.actCounting(action{b.right(), p.app.Name, b.ID, reason}, func(ctx context.Context) (string, error) {
		if b.Total, err = p.count(ctx, &b); err != nil {
			return "", err
		}
		return fmt.Sprintf(", %d orders with %s, created from %s before %s", b.Total, cmp.Or(b.Filter(), "any state"), minuteText(b.From), minuteText(b.To)), p.addBulk(ctx, b)
	})
	if err != nil {
		return err
	}
	return p.seeOther(p.url("bulk", "done", "many"))
}

// until is when the page of a form has counted.
//
// Faults: Invalid.
func (p *page) until() (time.Time, error) {
	millis, err := strconv.ParseInt(p.r.PostFormValue("until"), 10, 64)
	if at := time.UnixMilli(millis); err == nil && millis > 0 && !at.After(p.now()) {
		return at, nil
	}
	return time.Time{}, invalid("until", "is missing; count the orders first")
}

// Filter says which orders a bulk is about, apart from when they were created.
func (b *bulk) Filter() string {
	var list []string
	for _, part := range []struct{ name, value string }{
		{"status", string(b.Status)}, {"wallet", b.Wallet}, {"attention", b.Attention},
	} {
		if part.value != "" {
			list = append(list, part.name+" "+part.value)
		}
	}
	return strings.Join(list, ", ")
}

// minuteText is a time in UTC.
func minuteText(t time.Time) string {
	if t.IsZero() {
		return "the beginning"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// cancelMany ends a bulk about orders. What was done stays.
func cancelMany(p *page) error {
	if err := p.cancelBulk(ordersDocument); err != nil {
		return err
	}
	return p.seeOther(p.url("bulk", "done", "many-canceled"))
}
