package pgtest

import (
	"os"
	"testing"
)

// Single is a PostgreSQL of a test's own, all of whose data are below one folder.
type Single struct{ server *server }

// NewSingle starts a server. It ends with t.
func NewSingle(t testing.TB, below string) *Single {
	t.Helper()
	bin, err := binaries()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED: %v", err)
	} else if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	s, err := newServer(t.Context(), bin, below)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(s.discard)
	s.admin(t.Context(), t, "create database single")
	return &Single{s}
}

// URL is that of its only database.
func (s *Single) URL() string { return s.server.url("single") }

// Again starts the server again, as an operator does after it ended by itself or fails to recover.
func (s *Single) Again(t testing.TB) {
	t.Helper()
	if err := s.server.stop(immediately); err != nil {
		t.Fatalf("pgtest: stopping the server: %v", err)
	}
	if err := s.server.start(t.Context()); err != nil {
		t.Fatalf("pgtest: starting the server again: %v", err)
	}
}
