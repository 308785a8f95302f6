package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strconv"

	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// refundsCommand lists refunds and decides about those that wait for a second operator.
type refundsCommand struct {
	List    listRefundsCommand   `cmd:"" default:"withargs" help:"List refunds, the newest first."`
	Approve approveRefundCommand `cmd:"" help:"Approve a refund that waits for a second operator; it is sent then. The API key needs the scope approvals, and must be of another operator than the one who requested it."`
	Reject  rejectRefundCommand  `cmd:"" help:"Reject a refund that waits for a second operator; its money is refundable again."`
}

type listRefundsCommand struct {
	remote
	Waiting bool   `help:"Only those that wait for a person's approval."`
	Status  string `help:"Only those that are pending, succeeded or failed."`
	Order   string `placeholder:"ID" help:"Only those of this order."`
	Cursor  string `help:"Continue where the previous page ended."`
	Limit   int    `default:"25" help:"How many at most, 1 to 100."`
}

// Run prints a page of refunds.
func (c *listRefundsCommand) Run(ctx context.Context, env Env) error {
	api, err := c.connect()
	if err != nil {
		return err
	}
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Waiting {
		query.Set("approval", "waiting")
	}
	for name, value := range map[string]string{"status": c.Status, "order": c.Order, "cursor": c.Cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	var page struct {
		Refunds []view.Refund `json:"refunds"`
		Next    *string       `json:"next"`
	}
	answer, err := api.get(ctx, "/refunds", query, &page)
	if err != nil || c.JSON {
		return printJSON(env.Out, answer, err)
	}
	t := table(env.Out, "REFUND", "STATUS", "AMOUNT", "ORDER", "VERSION", "REASON", "CREATED")
	for _, r := range page.Refunds {
		row(t, r.ID, refundStatus(&r), r.Amount.String(), string(r.Order), versionText(r.Version), r.Reason, when(r.CreatedAt))
	}
	if err := t.Flush(); err != nil || page.Next == nil {
		return err
	}
	_, err = fmt.Fprintf(env.Out, "\nThere are more: --cursor %s\n", *page.Next)
	return err
}

// versionText writes the version of the order of a refund that waits.
func versionText(version int64) string {
	if version == 0 {
		return ""
	}
	return strconv.FormatInt(version, 10)
}

// refundStatus is a refund's status with who must approve it, or why it was not sent.
func refundStatus(r *view.Refund) string {
	switch {
	case r.Approver != nil:
		return string(r.Status) + ", waits for the " + *r.Approver
	case r.Code != "":
		return string(r.Status) + ", " + r.Code
	}
	return string(r.Status)
}

// decideCommand is what the two decisions have in common.
type decideCommand struct {
	remote
	Refund string `arg:"" help:"The refund: rfd_…"`
	Note   string `required:"" placeholder:"TEXT" help:"The reason, which is stored."`
	Amount string `placeholder:"A" help:"The amount that you decide about, such as 4.50; another one is refused."`
	Order  int64  `name:"order-version" placeholder:"N" help:"The version that refunds list has shown; when the order has changed since, nothing is done."`
	Key    string `name:"idempotency-key" help:"The key of the first request, to repeat it when its outcome is unknown."`
}

type approveRefundCommand struct{ decideCommand }

type rejectRefundCommand struct{ decideCommand }

// Run approves the refund and prints it.
func (c *approveRefundCommand) Run(ctx context.Context, env Env) error {
	return c.decide(ctx, env, "approve")
}

// Run rejects the refund and prints it.
func (c *rejectRefundCommand) Run(ctx context.Context, env Env) error {
	return c.decide(ctx, env, "reject")
}

func (c *decideCommand) decide(ctx context.Context, env Env, decision string) error {
	api, err := c.connect()
	if err != nil {
		return err
	}
	path := "/refunds/" + url.PathEscape(c.Refund)
	body := struct {
		Note    string        `json:"note"`
		Amount  *wallet.Money `json:"amount,omitempty"`
		Version int64         `json:"version,omitempty"`
	}{Note: c.Note, Version: c.Order}
	if c.Amount != "" {
		if body.Amount, err = c.money(ctx, api, path); err != nil {
			return err
		}
	}
	if c.Key == "" {
		c.Key = rand.Text()
	}
	var r view.Refund
	answer, err := api.post(ctx, path+"/"+decision, c.Key, body, &r)
	if err != nil {
		return fmt.Errorf("%w\nto repeat this request: --idempotency-key %s", err, c.Key)
	}
	if c.JSON {
		return printJSON(env.Out, answer, nil)
	}
	_, err = fmt.Fprintf(env.Out, "%s  %s  %s\n", r.ID, refundStatus(&r), r.Amount)
	return err
}

// money parses the amount in the refund's currency.
func (c *decideCommand) money(ctx context.Context, api *apiClient, path string) (*wallet.Money, error) {
	var r view.Refund
	if _, err := api.get(ctx, path, nil, &r); err != nil {
		return nil, err
	}
	amount, err := wallet.ParseDecimal(r.Amount.Currency, c.Amount)
	return &amount, err
}
