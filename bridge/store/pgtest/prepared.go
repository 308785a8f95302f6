package pgtest

import (
	"context"
	"testing"
)

// Prepared is the URL of a database as prepare leaves it, which is no other test's until t
// ends. It may be one that an earlier test has left, whose rows and sequences are made as they
// were: that takes a tenth of the time of all migrations. So prepare is the same for all tests
// of a package, and none of them changes tables.
func Prepared(t testing.TB, prepare func(url string) error) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	s := running(t)
	name := s.again(t, &shared.prepared, s.restore)
	if name == "" {
		name = s.database(t)
		if err := prepare(s.url(name)); err != nil {
			t.Fatalf("pgtest: %v", err)
		}
		s.remember(t, name)
	}
	leave(t, &shared.prepared, name)
	return s.url(name)
}

// remember copies all rows of a database.
func (s *server) remember(t testing.TB, name string) {
	t.Helper()
	err := s.reset(t.Context(), name, `
create schema prepared;
do $$ declare name text; begin
	for name in select tablename from pg_tables where schemaname = 'public' loop
		execute format('create table prepared.%1$I as table public.%1$I', name);
	end loop;
	create table prepared."sequences of the tests" as
		select sequencename as name, coalesce(last_value, start_value) as value, last_value is not null as called
		from pg_sequences where schemaname = 'public';
end $$`)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

// restore makes the rows and sequences of a database what they were at remember. It fails
// where a session of the test still holds a lock.
func (s *server) restore(ctx context.Context, name string) error {
	return s.reset(ctx, name, `
set session_replication_role = replica; -- in any order of the tables
do $$ declare name text; begin
	for name in select tablename from pg_tables where schemaname = 'public' loop
		execute format('delete from public.%1$I; insert into public.%1$I overriding system value table prepared.%1$I', name);
	end loop;
	perform setval(format('public.%I', s.name), s.value, s.called) from prepared."sequences of the tests" s;
end $$`)
}
