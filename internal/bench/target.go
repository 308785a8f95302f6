package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/internal/bench/machine"
	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/report"
)

// Target is a running server. Its orders stay in its store, and wait for payments that do not
// come.
type Target struct {
	URL, Wallet, SKU string
	AllowRemote      bool   // whether it may be another machine
	Repeated         string // the URL again, where it is
}

// check refuses a target that may not be meant.
func (t *Target) check() error {
	if t.Wallet == "" || t.SKU == "" {
		return errors.New("--wallet and --sku are needed: what the running server sells, and where it is paid")
	}
	err := CheckLoopback(t.URL)
	if !errors.Is(err, ErrForeign) {
		return err
	}
	if !t.AllowRemote || t.Repeated != t.URL {
		return fmt.Errorf("%w; for a server of your own: --allow-remote --yes-this-loads %s", err, t.URL)
	}
	return nil
}

// RunAt measures a running server: orders created by many connections and by one, and read. Its
// wallet, its limits and its machine are its own, so there is no reference.
func RunAt(ctx context.Context, o Options, t Target) (*report.Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	began := time.Now()
	s := &side{name: report.Till, base: strings.TrimSuffix(t.URL, "/"), client: newClient()}
	s.keys.Store(began.UnixNano()) // another run has had others
	defer s.client.CloseIdleConnections()
	r := &report.Report{Version: 1, At: began.UTC(), Builds: map[string]string{report.Till: "the server at " + t.URL}}
	var err error
	if s.session, err = s.openSession(ctx, t.Wallet); err != nil {
		return nil, err
	}
	if r.Rows, err = o.measureTarget(ctx, s, &t); err != nil {
		return nil, err
	}
	r.Machine = machine.Facts{LoadAfter: machine.Load()}
	r.Took = time.Since(began).Round(time.Second).String()
	return r, nil
}

func (o *Options) measureTarget(ctx context.Context, s *side, t *Target) ([]report.Row, error) {
	body := `{"items":[{"sku":` + strconv.Quote(t.SKU) + `,"quantity":1}],"wallet":` + strconv.Quote(t.Wallet) + `}`
	rounds, count := o.rounds()
	orders := make([]placed, count)
	create := func(ctx context.Context, i int) (err error) {
		orders[i], err = s.createOf(ctx, body)
		return err
	}
	single := min(count, 100)
	all, err := measure.Alternate(ctx, rounds, o.Limit, s.turn(o.Connections, count, create), s.turn(o.Connections, count, reads(s, orders)), s.turn(1, single, create))
	if err != nil {
		return nil, err
	}
	var rows []report.Row
	for i, what := range []string{"create: orders created", "status: reads of orders that wait for their payment", "alone: orders created one at a time"} {
		name, what, _ := strings.Cut(what, ": ")
		rows = append(rows, report.Row{Name: name, Store: "unknown", What: what, Figures: []report.Figure{report.NewFigure(report.Till, all[i])}})
	}
	return rows, nil
}
