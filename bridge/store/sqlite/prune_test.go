package sqlite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store/internal/rows"
)

func TestClaimsOfAClockThatWasAheadDoNotHoldUpTheOthers(t *testing.T) {
	s := openTest(t)
	err := s.writer.do(context.Background(), "test", func(c *conn) error {
		for i := range 3 * rows.PruneStep {
			at := int64(1)
			if i < rows.PruneStep {
				at = 1000
			}
			claim := bridge.Claim{Scope: "s", Key: fmt.Sprint(i), CreatedAt: time.UnixMilli(at)}
			if _, err := c.exec(insertClaim, rows.ClaimColumns(&claim)...); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.Prune(context.Background(), time.UnixMilli(10))
	}
	if err != nil {
		t.Fatal(err)
	}
	var left int
	if err := s.reader.QueryRow("select count(*) from claims where created_at = 1000").Scan(&left); err != nil {
		t.Fatal(err)
	}
	var old int
	if err := s.reader.QueryRow("select count(*) from claims where created_at = 1").Scan(&old); err != nil {
		t.Fatal(err)
	}
	if left != rows.PruneStep || old != 0 {
		t.Errorf("claims: got %d young and %d old, want the %d young ones", left, old, rows.PruneStep)
	}
}
