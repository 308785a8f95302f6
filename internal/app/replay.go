package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// replayCommand sends webhooks again.
type replayCommand struct {
	remote
	Delivery []string `arg:"" optional:"" help:"The deliveries to send again."`
	Dead     bool     `help:"Send all dead deliveries again."`
	Endpoint string   `help:"With --dead: only those to this endpoint."`
	List     bool     `help:"With --dead: list them, and send nothing."`
}

// Run makes the deliveries due again, and prints them.
func (c *replayCommand) Run(ctx context.Context, env Env) error {
	api, err := c.connect()
	if err != nil {
		return err
	}
	if c.Dead {
		dead, err := c.dead(ctx, api)
		switch {
		case err != nil:
			return err
		case c.List:
			return listDead(env.Out, dead)
		}
		for _, d := range dead {
			c.Delivery = append(c.Delivery, d.ID)
		}
	}
	if len(c.Delivery) == 0 {
		_, err := fmt.Fprintln(env.Out, "There is nothing to send again.")
		return err
	}
	for _, id := range c.Delivery {
		var d struct {
			ID     string               `json:"id"`
			Status store.DeliveryStatus `json:"status"`
		}
		if _, err := api.post(ctx, "/deliveries/"+url.PathEscape(id)+"/replay", rand.Text(), struct{}{}, &d); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		fmt.Fprintln(env.Out, d.ID, "will be sent again")
	}
	return nil
}

// deadDelivery is a webhook delivery after its last attempt, as the server shows it.
type deadDelivery struct {
	ID         string           `json:"id"`
	Endpoint   string           `json:"endpoint"`
	Type       bridge.EventType `json:"type"`
	Attempts   int              `json:"attempts"`
	Note       string           `json:"note"`
	DurationMs int64            `json:"durationMs"` // of the last attempt; zero: not known
	CreatedAt  time.Time        `json:"createdAt"`
}

// dead returns the dead deliveries, from all pages.
func (c *replayCommand) dead(ctx context.Context, api *apiClient) (list []deadDelivery, err error) {
	query := url.Values{"status": {string(store.Dead)}, "limit": {"100"}}
	if c.Endpoint != "" {
		query.Set("endpoint", c.Endpoint)
	}
	for range mostPages {
		var page struct {
			Deliveries []deadDelivery `json:"deliveries"`
			Next       *string        `json:"next"`
		}
		if _, err := api.get(ctx, "/deliveries", query, &page); err != nil {
			return nil, err
		}
		list = append(list, page.Deliveries...)
		if page.Next == nil {
			return list, nil
		}
		query.Set("cursor", *page.Next)
	}
	return nil, fmt.Errorf("the server's list has more than %d pages; name deliveries, or an --endpoint", mostPages)
}

// mostPages limits how many pages of a list are read.
const mostPages = 1000

func listDead(out io.Writer, dead []deadDelivery) error {
	t := table(out, "DELIVERY", "ENDPOINT", "EVENT", "ATTEMPTS", "CREATED", "TOOK", "WHY")
	for _, d := range dead {
		took := "-"
		if d.DurationMs > 0 {
			took = strconv.FormatInt(d.DurationMs, 10) + " ms"
		}
		row(t, d.ID, d.Endpoint, string(d.Type), strconv.Itoa(d.Attempts), when(d.CreatedAt), took, d.Note)
	}
	return t.Flush()
}
