package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
)

// inboxCommand lists, retries and dismisses verified notifications that could not be applied.
type inboxCommand struct {
	List    listInboxCommand    `cmd:"" default:"withargs" help:"List the kept notifications of all configured wallets."`
	Show    showInboxCommand    `cmd:"" help:"Print one notification with its body, without the payer's secrets."`
	Retry   retryInboxCommand   `cmd:"" help:"Query the wallet about its order now, and apply the notification again."`
	Dismiss dismissInboxCommand `cmd:"" help:"Dismiss a notification; it is never applied then."`
}

type listInboxCommand struct {
	flags
	Wallet    []string `help:"Only of these wallets, which may have been removed from the configuration."`
	Dismissed bool     `help:"List dismissed notifications instead."`
	Cursor    string   `help:"Continue where the previous page ended."`
	Limit     int      `default:"100" help:"How many at most."`
}

// Run prints a page of the inbox, the newest first.
func (c *listInboxCommand) Run(ctx context.Context, env Env) error {
	return c.withDesk(ctx, env, func(d *desk) error { return c.list(ctx, d, env.Out) })
}

func (c *listInboxCommand) list(ctx context.Context, d *desk, out io.Writer) error {
	if c.Limit < 1 {
		return errors.New("--limit must be at least 1")
	}
	q := store.InboxQuery{Wallets: c.Wallet, Dismissed: c.Dismissed, Before: c.Cursor, Limit: c.Limit + 1}
	if len(q.Wallets) == 0 {
		q.Wallets = d.wallets
	}
	items, err := d.store.InboxItems(ctx, q)
	if err != nil {
		return plain(err)
	}
	t := table(out, "NOTIFICATION", "WALLET", "ORDER", "PAYMENT AT THE WALLET", "REQUEST", "RECEIVED", "REASON")
	for _, item := range items[:min(c.Limit, len(items))] {
		row(t, item.ID, item.Wallet, string(item.Order), item.PaymentID, item.RequestID, when(item.ReceivedAt), item.Reason)
	}
	if err := t.Flush(); err != nil || len(items) <= c.Limit {
		return err
	}
	_, err = fmt.Fprintf(out, "\nThere are more: --cursor %s\n", items[c.Limit-1].ID)
	return err
}

type showInboxCommand struct {
	flags
	ID string `arg:"" help:"The notification, as listed: ntf_…"`
}

// Run prints a notification.
func (c *showInboxCommand) Run(ctx context.Context, env Env) error {
	return c.withDesk(ctx, env, func(d *desk) error { return c.show(ctx, d, env.Out) })
}

func (c *showInboxCommand) show(ctx context.Context, d *desk, out io.Writer) error {
	item, err := d.store.InboxItem(ctx, c.ID)
	if err != nil {
		return plain(err)
	}
	fmt.Fprintf(out, "%s  %s  %s\n%s\n", item.ID, item.Wallet, when(item.ReceivedAt), item.Reason)
	if by := item.Dismissal; !by.At.IsZero() {
		fmt.Fprintf(out, "dismissed by %s at %s: %s\n", by.By, when(by.At), by.Note)
	}
	body, encoding := merchant.NotificationBody(item.Body)
	_, err = fmt.Fprintf(out, "\n%s (%s)\n", body, encoding)
	return err
}

type retryInboxCommand struct {
	flags
	ID string `arg:"" help:"The notification, as listed: ntf_…"`
}

// Run applies a notification again, and prints whether it is still kept.
func (c *retryInboxCommand) Run(ctx context.Context, env Env) error {
	return c.withDesk(ctx, env, func(d *desk) error { return c.retry(ctx, d, env.Out) })
}

func (c *retryInboxCommand) retry(ctx context.Context, d *desk, out io.Writer) error {
	item, kept, err := d.engine.RetryNotification(ctx, c.ID)
	if err != nil {
		return plain(err)
	}
	result := "was applied"
	if kept {
		result = "is still kept: " + item.Reason
	}
	_, err = fmt.Fprintln(out, item.ID, result)
	return err
}

type dismissInboxCommand struct {
	flags
	ID   string `arg:"" help:"The notification, as listed: ntf_…"`
	Note string `required:"" placeholder:"TEXT" help:"The reason, which is stored."`
}

// Run dismisses a notification.
func (c *dismissInboxCommand) Run(ctx context.Context, env Env) error {
	return c.withDesk(ctx, env, func(d *desk) error { return c.dismiss(ctx, d, env.Out) })
}

func (c *dismissInboxCommand) dismiss(ctx context.Context, d *desk, out io.Writer) error {
	how, err := d.dismissal(c.Note)
	if err != nil {
		return err
	}
	item, err := d.store.DismissNotification(ctx, c.ID, how)
	if err != nil {
		return plain(err)
	}
	_, err = fmt.Fprintf(out, "%s was dismissed by %s: %s\n", item.ID, item.Dismissal.By, item.Dismissal.Note)
	return err
}
