package console

import (
	"context"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/fault"
)

// bulkForm is the form that counts what failed, and then replays it.
type bulkForm struct {
	Endpoint, From, To string
	Counted            bool
	Count              int
	More               bool // than one replay takes
}

// bulkForm counts what a replay would be about, where the address has its parameters.
//
// Faults: Invalid.
func (p *page) bulkForm(ctx context.Context) (f bulkForm, err error) {
	f = bulkForm{Endpoint: p.r.FormValue("replay-endpoint"), From: p.r.FormValue("from"), To: p.r.FormValue("to")}
	if f.Endpoint == "" {
		return f, nil
	}
	b, err := p.bulkOf(&f)
	if err != nil {
		return f, err
	}
	ids, err := p.dead(ctx, &b)
	f.Counted, f.Count, f.More = true, len(ids), len(ids) >= bulkMost
	return f, err
}

// bulkOf is the replay that a form requests.
//
// Faults: Invalid.
func (p *page) bulkOf(f *bulkForm) (bulk, error) {
	var found fault.Fields
	now := p.now().UTC().Truncate(time.Millisecond)
	b := bulk{
		App: p.app.Name, Endpoint: f.Endpoint, By: p.operator.Name, CreatedAt: now,
		From: minuteOf(p, "from", f.From, &found), To: minuteOf(p, "to", f.To, &found),
	}
	if b.To.IsZero() || b.To.After(now) { // what is replayed must not be in it again
		b.To = now
	}
	if len(found) == 0 && !b.From.Before(b.To) {
		found.Add("from", "must be before the end")
	}
	return b, found.Invalid("console.bulkOf")
}

// replayAll begins a replay of everything that failed in a range of time. A form that is sent
// twice begins one.
func replayAll(p *page) error {
	reason, err := p.reason(maxReason)
	if err != nil {
		return err
	}
	f := bulkForm{Endpoint: p.r.PostFormValue("replay-endpoint"), From: p.r.PostFormValue("from"), To: p.r.PostFormValue("to")}
	b, err := p.bulkOf(&f)
	if err != nil {
		return err
	}
	endpoints, err := p.endpointLines(p.r.Context())
	if err != nil {
		return err
	}
	if !hasEndpoint(endpoints, f.Endpoint) {
		return invalid("endpoint", "is not an endpoint of this app")
	}
	b.Reason = reason
	if b.ID, err = p.formID("rpl_"); err != nil {
		return err
	}
	err = p.act(action{operator.Replay, p.app.Name, b.ID, reason}, func(ctx context.Context) error {
		ids, err := p.dead(ctx, &b)
		if err != nil {
			return err
		}
		b.Total = len(ids)
		return p.addBulk(ctx, b)
	})
	if err != nil {
		return err
	}
	return p.seeOther(p.url("webhooks", "done", "bulk"))
}

// cancelReplay ends a replay. What was replayed is delivered.
func cancelReplay(p *page) error {
	if err := p.cancelBulk(bulkDocument); err != nil {
		return err
	}
	return p.seeOther(p.url("webhooks", "done", "bulk-canceled"))
}

// cancelBulk ends the bulk of a document that the path names. What was done stays.
//
// Faults: NotFound; Forbidden; those of the store.
func (p *page) cancelBulk(document string) error {
	id := p.r.PathValue("id")
	list, err := p.bulks(p.r.Context(), document)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(b bulk) bool { return b.ID == id && b.App == p.app.Name })
	if at < 0 {
		return notFound("bulk action")
	}
	right := list[at].right()
	if !p.May(right) {
		return forbidden("Your role does not include this.")
	}
	return p.act(action{right, p.app.Name, id, "canceled"}, func(ctx context.Context) error {
		return p.changeBulk(ctx, id, func(b *bulk) error {
			if b.Open() {
				b.EndedAt, b.Canceled = p.now().UTC().Truncate(time.Millisecond), p.operator.Name
			}
			return nil
		})
	})
}

// ownBulks are the newest bulks of the page's app in a document.
func (p *page) ownBulks(ctx context.Context, document string) (own []bulk, err error) {
	list, err := p.bulks(ctx, document)
	const shown = 5
	for i := range list {
		if list[i].App == p.app.Name && len(own) < shown {
			own = append(own, list[i])
		}
	}
	return own, err
}
