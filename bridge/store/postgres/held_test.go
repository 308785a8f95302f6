package postgres_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/pgtest"
	"github.com/minitill/minitill/bridge/store/storetest"
)

// The claim of a key that is taken is read in a round trip after the one that wrote nothing.
func TestAKeyThatIsTakenIsReadAlsoWhenTheConnectionIsLostThen(t *testing.T) {
	url := pgtest.URL(t)
	s := postgresAt(t, url+"&pool_max_conns=2")
	create := func() (*bridge.Change, bridge.Claim) {
		c := storetest.NewOrder(t)
		c.Claim = &bridge.Claim{Scope: "app:shop", Key: "k1", Subject: string(c.Order.ID), CreatedAt: storetest.Epoch}
		held, err := s.CreateOrder(t.Context(), c)
		if err != nil {
			t.Fatalf("CreateOrder: got %v, want nil", err)
		}
		return c, held
	}
	first, held := create()
	if held.Subject != string(first.Order.ID) {
		t.Fatalf("the first claim: got %s, want its own order", held.Subject)
	}
	c := pgtest.Connect(t, url)
	pgtest.Column(t, c, "select pg_terminate_backend(pid)::text from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
	if _, held := create(); held.Subject != string(first.Order.ID) {
		t.Errorf("the second claim: got %s, want the first order's", held.Subject)
	}
}
