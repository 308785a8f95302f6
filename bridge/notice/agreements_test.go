package notice

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/store/sqlite"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
)

func agreementOf(app string, n int, status agreement.Status) agreement.Agreement {
	return agreement.Agreement{ID: bridge.AgreementID(fmt.Sprintf("agr_01JZZZZZZZZZZZZZZZZZZZ%04d", n)), App: app, Wallet: "gcash", Reference: fmt.Sprint("r", n), Status: status, CreatedAt: noon}
}

func linesOf(list []Condition) string {
	var lines []string
	for _, c := range list {
		lines = append(lines, fmt.Sprintf("%s %s %s %d %s %s", c.Kind, c.App, c.Subject, c.Count, strings.Join(c.Items, ","), c.Page))
	}
	return strings.Join(lines, "\n")
}

func TestAgreementsThatNeedAttentionAreFoundInTheStore(t *testing.T) {
	db := sqlitetest.Open(t)
	now := noon.Add(23 * time.Hour)
	w := &Watch{Store: db, Apps: []string{"shop"}, Now: func() time.Time { return now }}
	lost := agreementOf("shop", 3, agreement.Active)
	lost.UnansweredAt = noon.Add(time.Hour)
	for _, a := range []agreement.Agreement{
		agreementOf("shop", 1, agreement.Pending), agreementOf("shop", 2, agreement.Pending), lost,
		agreementOf("shop", 4, agreement.Active), agreementOf("shop", 5, agreement.Ended), agreementOf("club", 6, agreement.Pending),
	} {
		if _, err := db.AddAgreement(t.Context(), a, nil); err != nil {
			t.Fatal(err)
		}
	}
	want := "attention shop agreement_unconfirmed 1 agr_01JZZZZZZZZZZZZZZZZZZZ0003 ?app=shop"
	if got, err := w.Conditions(t.Context()); err != nil || linesOf(got) != want {
		t.Errorf("within a day: got %s, %v", linesOf(got), err)
	}
	now = noon.Add(24 * time.Hour)
	want += "\nattention shop agreement_unsigned 2 agr_01JZZZZZZZZZZZZZZZZZZZ0002,agr_01JZZZZZZZZZZZZZZZZZZZ0001 ?app=shop"
	if got, err := w.Conditions(t.Context()); err != nil || linesOf(got) != want {
		t.Errorf("after a day: got %s, %v", linesOf(got), err)
	}
}

// manyAgreements is a store with many agreements of one app, the newest last.
type manyAgreements struct {
	*sqlite.Store
	list  []agreement.Agreement
	reads int
}

func (m *manyAgreements) Agreements(_ context.Context, q agreement.Query) (found []agreement.Agreement, err error) {
	m.reads++
	for i := len(m.list) - 1; i >= 0 && len(found) < q.Limit; i-- {
		if q.Before == "" || m.list[i].ID < q.Before {
			found = append(found, m.list[i])
		}
	}
	return found, nil
}

// TestARoundReadsAPartOfTheAgreements has more agreements than one round reads.
func TestARoundReadsAPartOfTheAgreements(t *testing.T) {
	db := &manyAgreements{Store: sqlitetest.Open(t)}
	for n := range 2*sweepPage*sweepPages + 1 {
		db.list = append(db.list, agreementOf("shop", n, agreement.Active))
	}
	db.list[0].UnansweredAt = noon // the last that is read
	w := &Watch{Store: db, Apps: []string{"shop"}, Now: func() time.Time { return noon.Add(time.Hour) }}
	round := func() (count, reads int) {
		t.Helper()
		before := db.reads
		got, err := w.Conditions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range got {
			count += c.Count
		}
		return count, db.reads - before
	}
	if count, reads := round(); count != 1 || reads != 2*sweepPages+1 {
		t.Errorf("the first round found %d with %d reads, want all of them", count, reads)
	}
	db.list[0].UnansweredAt = time.Time{}
	for i, want := range []int{1, 1, 0} {
		if count, reads := round(); count != want || reads > sweepPages {
			t.Errorf("round %d: got %d with %d reads, want %d with %d at most", i+2, count, reads, want, sweepPages)
		}
	}
}
