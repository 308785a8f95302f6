package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// ordersCommand lists orders, or shows one.
type ordersCommand struct {
	remote
	ID        string `arg:"" optional:"" help:"One order, with its timeline."`
	Status    string `help:"Only those that are created, pending, authorized, paid, failed, canceled, expired or voided."`
	Reference string `help:"Only those with the merchant's own number."`
	Wallet    string `help:"Only those last paid at this wallet."`
	Attention string `help:"Only those with this reason for attention, or any."`
	WalletID  string `name:"wallet-payment-id" placeholder:"ID" help:"Only those with a payment that its wallet knows by this id."`
	From      string `placeholder:"TIME" help:"Created at or after this time, such as 2026-01-02T15:04:05Z."`
	To        string `placeholder:"TIME" help:"Created before this time."`
	Cursor    string `help:"Continue where the previous page ended."`
	Limit     int    `default:"25" help:"How many at most, 1 to 100."`
}

// Run prints one order or a page of them.
func (c *ordersCommand) Run(ctx context.Context, env Env) error {
	api, err := c.connect()
	if err != nil {
		return err
	}
	if c.ID != "" {
		return c.one(ctx, api, env.Out)
	}
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	for name, value := range map[string]string{
		"status": c.Status, "reference": c.Reference, "wallet": c.Wallet, "attention": c.Attention, "walletPaymentId": c.WalletID,
		"from": c.From, "to": c.To, "cursor": c.Cursor,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var page struct {
		Orders []view.Order `json:"orders"`
		Next   *string      `json:"next"`
	}
	answer, err := api.get(ctx, "/orders", query, &page)
	if err != nil || c.JSON {
		return printJSON(env.Out, answer, err)
	}
	t := table(env.Out, "ORDER", "STATUS", "AMOUNT", "PAID", "REFUNDED", "ATTENTION", "REFERENCE", "CREATED")
	for _, o := range page.Orders {
		row(t, string(o.ID), string(o.Status), o.Amount.String(), o.Paid.Decimal(), o.Refunded.Decimal(), attention(&o), o.Reference, when(o.CreatedAt))
	}
	if err := t.Flush(); err != nil || page.Next == nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "\nThere are more: --cursor %s\n", *page.Next)
	return err
}

// one prints an order with its timeline.
func (c *ordersCommand) one(ctx context.Context, api *apiClient, out io.Writer) error {
	var o view.Order
	answer, err := api.get(ctx, "/orders/"+url.PathEscape(c.ID), nil, &o)
	if err != nil || c.JSON {
		return printJSON(out, answer, err)
	}
	var log struct {
		Events []struct {
			At     time.Time        `json:"at"`
			Type   bridge.EventType `json:"type"`
			Source bridge.Source    `json:"source"`
			By     string           `json:"by"`
			Data   eventWhy         `json:"data"`
		} `json:"events"`
	}
	if _, err := api.get(ctx, "/orders/"+url.PathEscape(c.ID)+"/events", url.Values{"limit": {"100"}}, &log); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s  %s  %s\n", o.ID, o.Status, o.Amount)
	fmt.Fprintf(out, "paid %s, refunded %s, on its way back %s\n", o.Paid.Decimal(), o.Refunded.Decimal(), o.RefundPending.Decimal())
	if o.Reversed != nil {
		fmt.Fprintf(out, "taken back by the wallet: %s at %s\n", o.Reversed.Amount, when(o.Reversed.At))
	}
	if len(o.Attention) > 0 {
		fmt.Fprintf(out, "needs attention: %s\n", attention(&o))
	}
	t := table(out, "\nPAYMENT", "WALLET", "STATUS", "PAID", "REFUNDABLE", "AT THE WALLET", "REQUEST", "CREATED")
	for _, p := range o.Payments {
		row(t, p.ID, p.Wallet, string(p.Status), p.Paid.Decimal(), refundable(&p), strings.Join(p.WalletPaymentIDs, ", "), p.RequestID, when(p.CreatedAt))
	}
	for _, r := range o.Refunds {
		row(t, r.ID, "refund of "+r.Amount.Decimal(), refundStatus(&r), "", "", "", "", when(r.CreatedAt))
	}
	row(t, "\nEVENT", "FROM", "WHEN", "BY", "WHY")
	for _, e := range log.Events {
		row(t, string(e.Type), string(e.Source), when(e.At), e.By, e.Data.why())
	}
	return t.Flush()
}

// eventWhy returns the reasons for attention in an event.
type eventWhy struct {
	Attention bridge.Attention `json:"attention"`
	Cleared   *view.Cleared    `json:"cleared"`
}

// why formats a reason that was raised, or that was cleared, with the operator and note.
func (d eventWhy) why() string {
	c := d.Cleared
	if c == nil {
		return string(d.Attention)
	}
	text := string(c.Attention) + " by " + c.By + ": " + c.Note
	if c.Outcome != "" {
		text += " (" + c.Outcome + ")"
	}
	return text
}

// refundable returns what can still be refunded of a payment, as the server reports it.
func refundable(p *view.Payment) string {
	if p.Refundable == nil {
		return ""
	}
	return p.Refundable.Decimal()
}

// attention lists the reasons for attention of an order.
func attention(o *view.Order) string {
	return joined(o.Attention)
}

func joined[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = string(word)
	}
	return strings.Join(words, ", ")
}

// refundCommand refunds an order.
type refundCommand struct {
	remote
	Order  string `arg:"" help:"The order."`
	Amount string `arg:"" optional:"" help:"The amount, such as 4.50 in the order's currency; all that is left, unless given."`
	Reason string `help:"The reason, which is stored."`
	Key    string `name:"idempotency-key" help:"The key of the first request, to repeat a refund whose outcome is unknown; a new key is another refund."`
}

// Run requests the refund and prints it.
func (c *refundCommand) Run(ctx context.Context, env Env) error {
	api, err := c.connect()
	if err != nil {
		return err
	}
	body := struct {
		Amount *wallet.Money `json:"amount,omitempty"`
		Reason string        `json:"reason,omitempty"`
	}{Reason: c.Reason}
	if c.Amount != "" {
		if body.Amount, err = c.money(ctx, api); err != nil {
			return err
		}
	}
	if c.Key == "" {
		c.Key = rand.Text()
	}
	var r view.Refund
	answer, err := api.post(ctx, "/orders/"+url.PathEscape(c.Order)+"/refunds", c.Key, body, &r)
	if err != nil {
		return fmt.Errorf("%w\nto repeat exactly this refund: --idempotency-key %s", err, c.Key)
	}
	if c.JSON {
		return printJSON(env.Out, answer, nil)
	}
	_, err = fmt.Fprintf(env.Out, "%s  %s  %s\n", r.ID, refundStatus(&r), r.Amount)
	return err
}

// money parses the amount in the order's currency.
func (c *refundCommand) money(ctx context.Context, api *apiClient) (*wallet.Money, error) {
	var o view.Order
	if _, err := api.get(ctx, "/orders/"+url.PathEscape(c.Order), nil, &o); err != nil {
		return nil, err
	}
	amount, err := wallet.ParseDecimal(o.Amount.Currency, c.Amount)
	return &amount, err
}

func table(out io.Writer, columns ...string) *tabwriter.Writer {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(t, columns...)
	return t
}

// row writes one line; the table's Flush returns failures.
func row(t io.Writer, cells ...string) {
	for i, cell := range cells {
		if i > 0 {
			_, _ = io.WriteString(t, "\t")
		}
		_, _ = io.WriteString(t, cell)
	}
	_, _ = io.WriteString(t, "\n")
}

func when(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// printJSON prints an answer unchanged.
func printJSON(out io.Writer, answer []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", answer)
	return err
}
