package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/minitill/minitill/bridge"
)

// dismissCommand dismisses dead webhook deliveries.
type dismissCommand struct {
	flags
	Delivery []string `arg:"" help:"The dead deliveries: dlv_…"`
	Note     string   `required:"" placeholder:"TEXT" help:"The reason, which is stored."`
}

// Run dismisses the deliveries in the configured store, and prints them.
func (c *dismissCommand) Run(ctx context.Context, env Env) error {
	return c.withDesk(ctx, env, func(d *desk) error { return c.dismiss(ctx, d, env.Out) })
}

func (c *dismissCommand) dismiss(ctx context.Context, d *desk, out io.Writer) error {
	how, err := d.dismissal(c.Note)
	if err != nil {
		return err
	}
	for _, id := range c.Delivery {
		order, err := d.orderOf(ctx, id)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		if _, err := d.store.DismissMessage(ctx, order.App, id, how, nil); err != nil {
			return fmt.Errorf("%s: %w", id, plain(err))
		}
		fmt.Fprintln(out, id, "is dismissed")
	}
	return nil
}

// orderOf returns the order of a delivery, whose ID contains that of the order.
func (d *desk) orderOf(ctx context.Context, delivery string) (bridge.Order, error) {
	core, _, _ := strings.Cut(strings.TrimPrefix(delivery, "dlv_"), "-")
	id, ok := bridge.ParseOrderID("ord_" + core)
	if !ok {
		return bridge.Order{}, fmt.Errorf("that is not the id of a delivery")
	}
	order, err := d.engine.Order(ctx, id)
	return order, plain(err)
}
