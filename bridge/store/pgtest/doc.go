// Package pgtest gives tests a PostgreSQL server of their own.
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
//	func TestStore(t *testing.T) {
//		store, err := postgres.Open(t.Context(), pgtest.URL(t))
//
// The first test that needs a URL starts the server, on a free port and in a temporary
// folder; the tests of a package share it. Each URL names an empty database of the test's
// own, and Prepared one with tables. The server is durable as a real one is, so that a test
// may stop it at its worst with Kill. Since it is shared, tests that use Kill or Restart are
// not parallel.
//
// NewPair starts a primary and its standby, NewPooler a PgBouncer in front of the shared
// server.
//
// PostgreSQL and PgBouncer refuse to run as root. A test that is root runs them as postgres or
// nobody. Where no server is installed the test is skipped aloud, and fails when CI
// is set.
package pgtest
