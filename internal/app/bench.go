package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/minitill/minitill/internal/bench"
	"github.com/minitill/minitill/internal/bench/report"
)

// benchCommand measures this binary on this machine.
type benchCommand struct {
	Run       benchRunCommand       `cmd:"" default:"withargs" help:"Measure creates, notifications, status queries, webhooks and memory of this binary, beside a bare reference. Everything runs on this machine, in a temporary directory."`
	Scale     benchScaleCommand     `cmd:"" help:"Measure how rates change with the size of the store, with connections, long polls and nodes."`
	Reference benchReferenceCommand `cmd:"" help:"The bare server that the till is compared with; bench starts it by itself."`
}

type benchRunCommand struct {
	Only        []string `placeholder:"NAME" help:"Only these: start, create, notify, status, alone, rsa, copies, slow, queries, webhooks, backlog, memory, index, filled, console, operators."`
	Orders      int      `default:"8000" help:"How many requests each benchmark sends to each server."`
	Seconds     int      `default:"60" help:"How long one benchmark may begin new rounds."`
	Connections int      `default:"16" help:"Connections of the load generator."`
	Filled      int      `placeholder:"ORDERS" help:"Also measure with this many orders in the store: creates and notifications, the pages of the console, and payments while operators open them. It takes at most half of the free disk."`
	Postgres    string   `placeholder:"URL" help:"Measure on PostgreSQL: a server on this machine and a role that may create databases. The databases of the run are dropped at its end."`
	Beside      string   `placeholder:"FILE" help:"Another binary of minitill that takes turns with this one."`
	Dir         string   `placeholder:"DIR" help:"Where temporary files are written; its disk is the one that is measured."`
	JSON        bool     `name:"json" help:"Print JSON for programs."`
	Check       bool     `help:"Exit with code 1 when a ratio is missed."`

	URL         string `name:"url" placeholder:"URL" help:"Measure a running server instead, with creates and reads of orders that stay in its store. It must be on this machine."`
	AllowRemote bool   `help:"Allow --url to be another machine, where --yes-this-loads repeats the URL."`
	Loads       string `name:"yes-this-loads" placeholder:"URL" help:"The URL of --url again, since a benchmark is an attack on a server of others."`
	Wallet      string `placeholder:"NAME" help:"With --url: the wallet of the orders."`
	SKU         string `name:"sku" placeholder:"SKU" help:"With --url: the item of the orders."`
}

var errMissed = errors.New("ratios are missed")

// Run measures, and prints the report.
func (c *benchRunCommand) Run(ctx context.Context, env Env) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := c.measure(ctx, env)
	if err != nil {
		return err
	}
	if err := printReport(env.Out, r, c.JSON); err != nil {
		return err
	}
	return c.verdict(r)
}

// verdict returns a fault when ratios are missed and --check is given.
func (c *benchRunCommand) verdict(r *report.Report) error {
	if missed := r.Missed(); c.Check && len(missed) > 0 {
		return fmt.Errorf("%w:\n  %s", errMissed, strings.Join(missed, "\n  "))
	}
	return nil
}

func printReport(out io.Writer, r *report.Report, json bool) error {
	if json {
		return r.WriteJSON(out)
	}
	return r.WriteText(out)
}

func (c *benchRunCommand) measure(ctx context.Context, env Env) (*report.Report, error) {
	o, err := c.options(env)
	if err != nil {
		return nil, err
	}
	if c.URL == "" {
		return bench.Run(ctx, o)
	}
	return bench.RunAt(ctx, o, bench.Target{
		URL: c.URL, Wallet: c.Wallet, SKU: c.SKU, AllowRemote: c.AllowRemote, Repeated: c.Loads,
	})
}

func (c *benchRunCommand) options(env Env) (bench.Options, error) {
	program, err := os.Executable()
	return bench.Options{
		Program: program, Build: thisBuild().String(), Beside: c.Beside, Postgres: c.Postgres, Only: c.Only,
		Orders: c.Orders, Connections: c.Connections, Limit: time.Duration(c.Seconds) * time.Second, Filled: c.Filled,
		Dir: c.Dir, Progress: &report.Progress{Out: terminal(env.Err)},
	}, err
}

type benchScaleCommand struct {
	Sizes       []int  `placeholder:"ORDERS" help:"Orders in the store: 10000,100000,1000000."`
	Connections []int  `placeholder:"N" help:"Connections of the load generator: 1,16,64,256."`
	Polls       []int  `placeholder:"N" help:"Long polls that wait: 1,100,1000,10000."`
	Nodes       []int  `placeholder:"N" help:"Tills on one PostgreSQL: 1,2,3."`
	MostMiB     int64  `name:"most-mib" placeholder:"MIB" help:"What the store may take on the disk; half of what is free, unless given."`
	Orders      int    `default:"8000" help:"How many requests each measurement sends."`
	Seconds     int    `default:"60" help:"How long one measurement may begin new rounds."`
	Postgres    string `placeholder:"URL" help:"Measure on PostgreSQL: a server on this machine and a role that may create databases. The databases of the run are dropped at its end."`
	Dir         string `placeholder:"DIR" help:"Where temporary files are written; its disk is the one that is measured."`
	JSON        bool   `name:"json" help:"Print JSON for programs."`
}

// Run measures, and prints the report.
func (c *benchScaleCommand) Run(ctx context.Context, env Env) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	program, err := os.Executable()
	if err != nil {
		return err
	}
	o := bench.Options{
		Program: program, Build: thisBuild().String(), Postgres: c.Postgres, Orders: c.Orders, Connections: bench.DefaultConnections,
		Limit: time.Duration(c.Seconds) * time.Second, Dir: c.Dir, Progress: &report.Progress{Out: terminal(env.Err)},
	}
	r, err := bench.Scale(ctx, o, bench.ScaleOptions{
		Sizes: c.Sizes, Connections: c.Connections, Polls: c.Polls, Nodes: c.Nodes, MostBytes: c.MostMiB << 20,
	})
	if err != nil {
		return err
	}
	return printReport(env.Out, r, c.JSON)
}

// terminal returns w where people watch it, and nil where they do not.
func terminal(w io.Writer) io.Writer {
	if clean, ok := w.(cleanWriter); ok {
		w = clean.to
	}
	file, ok := w.(*os.File)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return file
}
