package app

import (
	"context"
	"fmt"
	"io"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

// resolveCommand states the outcome of an order or agreement that needs attention.
type resolveCommand struct {
	flags
	ID        string `arg:"" name:"order" help:"The order, or an agreement: ord_… or agr_…"`
	Attention string `required:"" placeholder:"CODE" help:"The reason to clear, as minitill orders shows it."`
	Note      string `required:"" placeholder:"TEXT" help:"The reason, which is stored."`
	Outcome   string `placeholder:"O" help:"The outcome: paid, failed, refunded or voided; of an agreement, ended. Without it only the reason is cleared."`
	Refund    string `placeholder:"R" help:"The refund, rfd_…, where several have the reason."`
	Amount    string `placeholder:"A" help:"The amount of the outcome, such as 4.50 in the order's currency; the highest possible, unless given."`
}

// Run resolves it in the configured store.
func (c *resolveCommand) Run(ctx context.Context, env Env) error {
	return c.withDesk(ctx, env, func(d *desk) error { return c.resolve(ctx, d, env.Out) })
}

func (c *resolveCommand) resolve(ctx context.Context, d *desk, out io.Writer) error {
	if id, ok := bridge.ParseAgreementID(c.ID); ok {
		return c.agreement(ctx, d, id, out)
	}
	id, ok := bridge.ParseOrderID(c.ID)
	if !ok {
		return fmt.Errorf("%q is not the id of an order or agreement", c.ID)
	}
	r := resolution.Decision{
		Attention: bridge.Attention(c.Attention), Note: c.Note, By: d.by, Outcome: c.Outcome, Source: bridge.FromOperator,
	}
	if of, number, ok := bridge.ParseRefundID(c.Refund); ok && of == id {
		r.Refund = number
	} else if c.Refund != "" {
		return fmt.Errorf("%q is not the id of a refund of this order", c.Refund)
	}
	if c.Amount != "" {
		order, err := d.engine.Order(ctx, id)
		if err != nil {
			return err
		}
		if r.Amount, err = wallet.ParseDecimal(order.Amount.Currency, c.Amount); err != nil {
			return err
		}
	}
	outcome, err := d.engine.Resolve(ctx, id, r, nil)
	if err != nil {
		return plain(err)
	}
	v := view.NewOrder(&outcome.Subject, view.ForMerchant)
	fmt.Fprintf(out, "%s  %s  %s\n", v.ID, v.Status, v.Amount)
	fmt.Fprintf(out, "paid %s, refunded %s, on its way back %s\n", v.Paid.Decimal(), v.Refunded.Decimal(), v.RefundPending.Decimal())
	return printAttention(out, attention(&v))
}

// agreement is resolve for an agreement, whose app the store knows.
func (c *resolveCommand) agreement(ctx context.Context, d *desk, id bridge.AgreementID, out io.Writer) error {
	if c.Amount != "" {
		return fmt.Errorf("an agreement has no amount to resolve with")
	}
	a, err := d.store.Agreement(ctx, id)
	if err != nil {
		return plain(err)
	}
	outcome, err := d.engine.ResolveAgreement(ctx, a.App, id, agreement.Resolution{
		Attention: agreement.Attention(c.Attention), Outcome: c.Outcome, By: d.by, Note: c.Note,
	}, nil)
	if err != nil {
		return plain(err)
	}
	fmt.Fprintf(out, "%s  %s\n", outcome.Subject.ID, outcome.Subject.Status)
	return printAttention(out, joined(outcome.Subject.Attention(d.now())))
}

// printAttention prints the reasons that are left.
func printAttention(out io.Writer, left string) error {
	if left == "" {
		left = "nothing"
	}
	_, err := fmt.Fprintf(out, "needs attention: %s\n", left)
	return err
}
