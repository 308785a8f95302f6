package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/minitill/minitill/bridge/store/internal/patience"
)

var shared struct {
	sync.Mutex
	server    *server
	databases int
	free      []string // databases whose tests have ended
	prepared  []string // those of them that Prepared has given
}

// Main runs the tests of a package, in which stores wait for a busy server, stops the server
// if one was started, and returns the exit code.
func Main(m *testing.M) int {
	patience.Prolong()
	defer stopShared()
	return m.Run()
}

// URL is that of an empty database, which is no other test's until t ends. A database that
// a test has left is emptied and used again, since PostgreSQL copies its template to make
// one and writes a checkpoint to drop one.
func URL(t testing.TB) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	s := running(t)
	name := s.database(t)
	leave(t, &shared.free, name)
	return s.url(name)
}

// leave puts a database on a list of those to use again, once t ends.
func leave(t testing.TB, list *[]string, name string) {
	t.Cleanup(func() {
		shared.Lock()
		defer shared.Unlock()
		*list = append(*list, name)
	})
}

// again returns a database of a list, once reset has made it as it was, or "". shared is locked.
func (s *server) again(t testing.TB, list *[]string, reset func(ctx context.Context, name string) error) string {
	t.Helper()
	for len(*list) > 0 {
		last := len(*list) - 1
		name := (*list)[last]
		*list = (*list)[:last]
		if reset(t.Context(), name) == nil {
			return name
		}
		s.admin(t.Context(), t, "drop database "+name+" with (force)")
	}
	return ""
}

// database returns the name of an empty database. shared is locked.
func (s *server) database(t testing.TB) string {
	t.Helper()
	if name := s.again(t, &shared.free, s.empty); name != "" {
		return name
	}
	shared.databases++
	name := fmt.Sprintf("test_%d", shared.databases)
	s.admin(t.Context(), t, "create database "+name)
	return name
}

// empty drops what a test has left in a database. It fails where a session of the test still
// holds a lock.
func (s *server) empty(ctx context.Context, name string) error {
	return s.reset(ctx, name, "drop schema public cascade; create schema public")
}

// reset runs a script in the session of a database. One is kept for each database, since a new
// one costs PostgreSQL a process. shared is locked.
func (s *server) reset(ctx context.Context, name, script string) error {
	c := s.sessions[name]
	if c != nil {
		err := runScript(ctx, c, script)
		if !c.IsClosed() {
			return err
		}
	}
	c, err := pgx.Connect(ctx, s.url(name)) // for the first time, or since the session was ended
	if err != nil {
		return err
	}
	if s.sessions == nil {
		s.sessions = map[string]*pgx.Conn{}
	}
	s.sessions[name] = c
	return runScript(ctx, c, script)
}

func runScript(ctx context.Context, c *pgx.Conn, script string) error {
	_, err := c.Exec(ctx, "set lock_timeout = '2s'; "+script)
	return err
}

// Kill stops the server without letting it finish anything, as a crash would, and
// starts it again. Every connection is lost; nothing that was committed is.
func Kill(t testing.TB) {
	t.Helper()
	startAgain(t, immediately)
}

// Restart stops the server as its operator would and starts it again. Every
// connection is closed by the server.
func Restart(t testing.TB) {
	t.Helper()
	startAgain(t, politely)
}

func startAgain(t testing.TB, how os.Signal) {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	s := running(t)
	if err := s.stop(how); err != nil {
		t.Fatalf("pgtest: stopping the server: %v", err)
	}
	if err := s.start(t.Context()); err != nil {
		t.Fatalf("pgtest: starting the server again: %v", err)
	}
}

// running is the shared server, started when there is none. shared is locked.
func running(t testing.TB) *server {
	t.Helper()
	if shared.server != nil {
		return shared.server
	}
	bin, err := binaries()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED: %v", err)
	} else if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	s, err := newServer(t.Context(), bin, "")
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	shared.server = s
	return s
}

func stopShared() {
	shared.Lock()
	defer shared.Unlock()
	if s := shared.server; s != nil {
		_ = s.stop(immediately)
		_ = os.RemoveAll(s.dir)
		shared.server, shared.free, shared.prepared = nil, nil, nil
	}
}

// admin runs a statement on the server. A database is in use until the sessions that were
// ended have gone, for which PostgreSQL waits five seconds: on a busy machine that may be
// too short, so that the statement is run again.
func (s *server) admin(ctx context.Context, t testing.TB, statement string) {
	t.Helper()
	c, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, statement)
	for inUse(err) && ctx.Err() == nil {
		_, err = c.Exec(ctx, statement)
	}
	if err != nil {
		t.Fatalf("pgtest: %s: %v", statement, err)
	}
}

func inUse(err error) bool {
	const objectInUse = "55006"
	refusal, ok := errors.AsType[*pgconn.PgError](err)
	return ok && refusal.Code == objectInUse
}
