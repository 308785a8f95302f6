package console

import (
	"context"
	"net/http"
	"time"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

// inboxPage is the verified notifications that could not be applied.
type inboxPage struct {
	Dismissed bool
	Items     []inboxLine
	More      string
}

// inboxLine is one notification; its body is there only where it was revealed.
type inboxLine struct {
	store.InboxItem
	Shown string
}

func showInbox(p *page) error {
	v := inboxPage{Dismissed: p.r.FormValue("dismissed") == "true"}
	q := store.InboxQuery{Wallets: p.walletsOf(p.app.Name), Dismissed: v.Dismissed, Before: p.r.FormValue("after"), Limit: pageSize + 1}
	list, err := p.store.InboxItems(p.r.Context(), q)
	if fault.KindOf(err) == fault.NotFound {
		err = invalid("after", "is not of this list")
	}
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		dismissed := ""
		if v.Dismissed {
			dismissed = "true"
		}
		v.More = p.url("inbox", "dismissed", dismissed, "after", list[pageSize-1].ID)
	}
	for i := range list {
		v.Items = append(v.Items, inboxLine{InboxItem: list[i]})
	}
	return p.show(http.StatusOK, "inbox", "Unmatched notifications", v)
}

// retryItem searches the order of the notification again and applies it.
func retryItem(p *page) error {
	kept := false
	err := p.act(action{operator.Inbox, p.app.Name, p.item.ID, "match it again"}, func(ctx context.Context) (err error) {
		if !p.item.Dismissal.At.IsZero() {
			return fault.New(fault.Conflict, "console.retryItem", "The notification was dismissed.")
		}
		_, kept, err = p.engine.RetryNotification(ctx, p.item.ID)
		return err
	})
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return fault.New(fault.Conflict, "console.retryItem", "There is still no order that this notification is about.")
	case err != nil:
		return err
	case kept:
		return p.seeOther(p.url("inbox", "done", "kept"))
	}
	return p.seeOther(p.url("inbox", "done", "retry"))
}

func dismissItem(p *page) error {
	reason, err := p.reason(input.MaxNote)
	if err != nil {
		return err
	}
	err = p.act(action{operator.Inbox, p.app.Name, p.item.ID, reason}, func(ctx context.Context) error {
		d := store.Dismissal{By: p.operator.Name, Note: reason, At: p.now().UTC().Truncate(time.Millisecond)}
		_, err := p.store.DismissNotification(ctx, p.item.ID, d)
		return err
	})
	if err != nil {
		return err
	}
	return p.seeOther(p.url("inbox", "done", "dismiss"))
}

// revealItem shows a notification as it was received, which is recorded.
func revealItem(p *page) error {
	err := p.act(action{operator.SeePersonal, p.app.Name, p.item.ID, ""}, func(context.Context) error { return nil })
	if err != nil {
		return err
	}
	line := inboxLine{p.item, string(web.Redacted(p.item.Body))}
	return p.show(http.StatusOK, "inbox", "Unmatched notifications", inboxPage{Dismissed: !p.item.Dismissal.At.IsZero(), Items: []inboxLine{line}})
}
