package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/process"
	"github.com/minitill/minitill/internal/bench/report"
	"github.com/minitill/minitill/signing"
)

// The wallets of the benchmark's configuration.
const (
	walletInstant  = "instant"   // answers at once; queries say pending
	walletSlow     = "slow"      // takes slowDelay
	walletLost     = "lost"      // sends no notification; queries say paid, at once
	walletLostSlow = "lost-slow" // the same, after slowDelay
	walletRSA      = "rsa"       // signed with RSA; a notification is confirmed by a query
	walletUnsigned = "rsa-none"  // the same without signatures
)

const slowDelay = 100 * time.Millisecond

// world is what the servers under test have around them, and the servers.
type world struct {
	o       *Options
	dir     string
	secret  string // that is shared with the wallets
	wallets map[string]*far.Wallet
	rsa     *far.RedotPay

	till, reference, beside *side // beside is nil where there is none
	sides                   []*side
	databases               *databases // nil on SQLite
}

// openWorld starts the wallets. The servers are started by the benchmarks that need them.
func openWorld(ctx context.Context, o *Options) (*world, error) {
	dir, err := os.MkdirTemp(o.Dir, "minitill-bench-")
	if err != nil {
		return nil, err
	}
	w := &world{o: o, dir: dir, wallets: map[string]*far.Wallet{}}
	if err := w.build(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *world) build(ctx context.Context) (err error) {
	w.secret = rand.Text() + rand.Text()
	key, err := signing.NewHMAC(far.KeyID, signing.NewSecret(w.secret))
	if err != nil {
		return err
	}
	for name, wallet := range map[string]*far.Wallet{
		walletInstant: {Status: "PENDING"}, walletSlow: {Status: "PENDING", Delay: slowDelay},
		walletLost: {Status: "PAID"}, walletLostSlow: {Status: "PAID", Delay: slowDelay},
	} {
		wallet.Key = key
		if err := wallet.Start(); err != nil {
			return err
		}
		w.wallets[name] = wallet
	}
	if w.rsa, err = far.StartRedotPay(); err != nil {
		return err
	}
	if w.o.Postgres != "" {
		w.databases, err = openDatabases(ctx, w.o.Postgres)
	}
	return err
}

// start starts the servers that take turns.
func (w *world) start(ctx context.Context) (err error) {
	if w.till != nil {
		return nil
	}
	if w.reference, err = w.startReference(ctx); err != nil {
		return err
	}
	if w.o.Beside != "" {
		if w.beside, err = w.startTill(ctx, report.Beside, w.o.Beside, ""); err != nil {
			return err
		}
	}
	w.till, err = w.startTill(ctx, report.Till, w.o.Program, "")
	return err
}

// turns returns the sides in the order of their turns.
func (w *world) turns() []*side {
	if w.beside == nil {
		return []*side{w.till, w.reference}
	}
	return []*side{w.till, w.reference, w.beside}
}

// startTill starts a till with a store of its own. extra is appended to its configuration.
func (w *world) startTill(ctx context.Context, name, program, extra string) (*side, error) {
	s := &side{name: name, program: program}
	if err := w.prepare(ctx, s, extra); err != nil {
		return nil, err
	}
	return s, w.launch(ctx, s)
}

// prepare writes the configuration of a till and creates an API key in its store.
func (w *world) prepare(ctx context.Context, s *side, extra string) (err error) {
	dir, err := os.MkdirTemp(w.dir, s.name+"-")
	if err != nil {
		return err
	}
	if s.config, err = w.writeConfig(ctx, s, dir, extra); err != nil {
		return err
	}
	if s.log, err = w.newLog(s.name); err != nil {
		return err
	}
	s.args = []string{"serve", "--config", s.config, "--listen", "127.0.0.1:0"}
	s.apiKey, err = process.Output(ctx, s.program, "keys", "create", "--config", s.config, "--app", app, "--scopes", "read,orders,refunds,admin")
	return err
}

// newLog makes the file that has a server's log.
func (w *world) newLog(name string) (*os.File, error) { return os.CreateTemp(w.dir, name+"-*.log") }

func (w *world) launch(ctx context.Context, s *side) error {
	w.sides = append(w.sides, s)
	return s.start(ctx)
}

// startReference starts the reference.
func (w *world) startReference(ctx context.Context) (*side, error) {
	dir := filepath.Join(w.dir, report.Reference)
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	keyFile := filepath.Join(dir, "wallet.key")
	if err := os.WriteFile(keyFile, []byte(w.secret), 0o600); err != nil {
		return nil, err
	}
	s := &side{name: report.Reference, program: w.o.Program}
	s.args = []string{"bench", "reference", "--data", dir, "--wallet", w.wallets[walletInstant].URL, "--key-file", keyFile}
	if w.databases != nil {
		file, err := w.databaseFile(ctx, dir, report.Reference)
		if err != nil {
			return nil, err
		}
		s.args = append(s.args, "--url-file", file)
	}
	var err error
	if s.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	return s, w.launch(ctx, s)
}

// end stops a server that only one benchmark needs.
func (w *world) end(s *side) {
	s.stop()
	for i := range w.sides {
		if w.sides[i] == s {
			w.sides = append(w.sides[:i], w.sides[i+1:]...)
			break
		}
	}
	_ = s.log.Close()
}

// close stops the servers and removes what they have written.
func (w *world) close() error {
	var stopping sync.WaitGroup
	for _, s := range w.sides {
		stopping.Go(s.stop)
	}
	stopping.Wait()
	for _, s := range w.sides {
		_ = s.log.Close()
	}
	for _, wallet := range w.wallets {
		wallet.Close()
	}
	if w.rsa != nil {
		w.rsa.Close()
	}
	var err error
	if w.databases != nil {
		err = w.databases.close()
	}
	return errors.Join(err, os.RemoveAll(w.dir))
}
