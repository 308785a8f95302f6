package pgtest

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/minitill/minitill/internal/freeport"
)

// Pair is a PostgreSQL of a test's own with a synchronous standby: what the primary
// has acknowledged is on both.
type Pair struct{ primary, standby *server }

// NewPair starts a primary and its standby. They end with t.
func NewPair(t testing.TB) *Pair {
	t.Helper()
	bin, err := binaries()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED: %v", err)
	} else if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	p := &Pair{}
	if p.primary, err = newServer(t.Context(), bin, ""); err != nil {
		t.Fatalf("pgtest: the primary: %v", err)
	}
	t.Cleanup(p.primary.discard)
	if p.standby, err = p.primary.clone(t.Context()); err != nil {
		t.Fatalf("pgtest: the standby: %v", err)
	}
	t.Cleanup(p.standby.discard)
	p.primary.admin(t.Context(), t, "create database pair")
	p.primary.admin(t.Context(), t, "alter system set synchronous_standby_names = '*'")
	p.primary.admin(t.Context(), t, "select pg_reload_conf()")
	p.await(t)
	return p
}

// URL names both servers; a client connects to the one that can be written.
func (p *Pair) URL() string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, p.primary.password), Path: "pair",
		Host:     p.primary.address() + "," + p.standby.address(),
		RawQuery: "sslmode=disable&target_session_attrs=read-write&connect_timeout=5",
	}
	return u.String()
}

// FailOver kills the primary and lets the standby take its place.
func (p *Pair) FailOver(t testing.TB) {
	t.Helper()
	if err := p.primary.stop(immediately); err != nil {
		t.Fatalf("pgtest: stopping the primary: %v", err)
	}
	p.standby.admin(t.Context(), t, "alter system set synchronous_standby_names = ''")
	p.standby.admin(t.Context(), t, "select pg_promote()")
}

// await returns once the primary waits for its standby with every commit.
func (p *Pair) await(t testing.TB) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), p.primary.url("postgres"))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	defer c.Close(context.Background())
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		var synchronous bool
		err := c.QueryRow(t.Context(), "select exists (select 1 from pg_stat_replication where sync_state = 'sync')").Scan(&synchronous)
		if err != nil {
			t.Fatalf("pgtest: %v", err)
		}
		if synchronous {
			return
		}
	}
}

// clone makes a standby of a running server and starts it.
func (s *server) clone(ctx context.Context) (_ *server, err error) {
	c := &server{bin: s.bin, password: s.password}
	if c.dir, err = os.MkdirTemp("", "minitill-pg"); err != nil {
		return nil, err
	}
	if c.attributes, err = attributes(c.dir); err != nil {
		return nil, err
	}
	if c.port, err = freeport.Find(); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "pg_basebackup"), "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
		"--pgdata="+c.data(), "--dbname="+s.url(""))
	cmd.SysProcAttr, cmd.Dir = c.attributes, c.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pg_basebackup: %w\n%s", err, out)
	}
	return c, c.start(ctx)
}

func (s *server) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

func (s *server) discard() {
	_ = s.stop(immediately)
	_ = os.RemoveAll(s.dir)
}
