package pgtest_test

import (
	"testing"

	"github.com/minitill/minitill/bridge/store/pgtest"
)

func TestAFailOverLosesNothingThatWasCommitted(t *testing.T) {
	p := pgtest.NewPair(t)
	before := connect(t, p.URL())
	run(t, before, "create table kept (id integer)")
	p.FailOver(t)
	after := connect(t, p.URL())
	run(t, after, "select id from kept")
	run(t, after, "insert into kept values (1)")
}
