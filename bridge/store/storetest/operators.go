package storetest

import (
	"context"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var operatorTests = []test{
	{"a session is found by its digest until it is forgotten", operatorSessions},
	{"a session's last use is stored once a minute and never goes back", operatorSessionUse},
	{"the first end of a session stays", operatorSessionEnd},
	{"the audit log is listed by app, newest first", auditEntries},
	{"the first outcome of an audit entry stays", auditOutcome},
}

func operatorSession(id, operator string) store.OperatorSession {
	return store.OperatorSession{
		ID: id, Digest: sha256.Sum256([]byte(id)), Operator: operator, Method: "password", Address: "192.0.2.7", Agent: "Browser \xff",
		CreatedAt: Epoch, UsedAt: Epoch, ExpiresAt: Epoch.Add(12 * time.Hour),
	}
}

func addSessions(t *testing.T, s Store, list ...store.OperatorSession) {
	t.Helper()
	for _, session := range list {
		if err := s.AddOperatorSession(context.Background(), session); err != nil {
			t.Fatalf("AddOperatorSession: got %v, want nil", err)
		}
	}
}

func operatorSessions(t *testing.T, s Store) {
	ctx := context.Background()
	first, second, foreign := operatorSession("ses_1", "opr_1"), operatorSession("ses_2", "opr_1"), operatorSession("ses_3", "opr_2")
	first.ExpiresAt = Epoch.Add(time.Hour)
	addSessions(t, s, second, foreign, first)
	sameDigest, sameID := first, operatorSession("ses_1", "opr_1")
	sameDigest.ID, sameID.Digest = "ses_9", sha256.Sum256([]byte("ses_9"))
	wantKind(t, "the same digest", s.AddOperatorSession(ctx, sameDigest), fault.Conflict)
	wantKind(t, "the same id", s.AddOperatorSession(ctx, sameID), fault.Conflict)
	got, err := s.OperatorSession(ctx, second.Digest)
	if err != nil {
		t.Errorf("OperatorSession: got %v, want nil", err)
	}
	same(t, "the session", got, second)
	wantOperatorSessions(t, s, "opr_1", first, second)
	if err := s.ForgetOperatorSessions(ctx, Epoch.Add(2*time.Hour)); err != nil {
		t.Errorf("ForgetOperatorSessions: got %v, want nil", err)
	}
	wantOperatorSessions(t, s, "opr_1", second)
	_, err = s.OperatorSession(ctx, first.Digest)
	wantKind(t, "a session that was forgotten", err, fault.NotFound)
}

func wantOperatorSessions(t *testing.T, s Store, operator string, want ...store.OperatorSession) {
	t.Helper()
	got, err := s.OperatorSessions(context.Background(), operator)
	if err != nil {
		t.Errorf("OperatorSessions: got %v, want nil", err)
	}
	same(t, "the sessions of "+operator, got, want)
}

func operatorSessionUse(t *testing.T, s Store) {
	ctx := context.Background()
	want := operatorSession("ses_1", "opr_1")
	addSessions(t, s, want)
	for _, use := range []struct{ at, stored time.Duration }{
		{store.SessionUsePeriod - time.Millisecond, 0},
		{store.SessionUsePeriod, store.SessionUsePeriod},
		{time.Second, store.SessionUsePeriod},
	} {
		if err := s.UseOperatorSession(ctx, "ses_1", Epoch.Add(use.at)); err != nil {
			t.Errorf("UseOperatorSession: got %v, want nil", err)
		}
		want.UsedAt = Epoch.Add(use.stored)
		wantOperatorSessions(t, s, "opr_1", want)
	}
}

func operatorSessionEnd(t *testing.T, s Store) {
	ctx := context.Background()
	want := operatorSession("ses_1", "opr_1")
	addSessions(t, s, want)
	want.EndedBy, want.EndedAt = "ann", Epoch.Add(time.Hour)
	for i, by := range []string{"ann", "bob"} {
		if err := s.EndOperatorSession(ctx, "ses_1", by, Epoch.Add(time.Duration(i+1)*time.Hour)); err != nil {
			t.Errorf("EndOperatorSession: got %v, want nil", err)
		}
		wantOperatorSessions(t, s, "opr_1", want)
	}
	wantKind(t, "another session", s.EndOperatorSession(ctx, "ses_9", "ann", Epoch), fault.NotFound)
}

func auditEntry(id, app string) store.AuditEntry {
	return store.AuditEntry{
		ID: id, App: app, Operator: "ann", Action: "order.refund", Subject: "ord_1", Reason: "broken \xff", Request: "req_1", Address: "192.0.2.7", At: Epoch,
	}
}

func addEntries(t *testing.T, s Store, list ...store.AuditEntry) {
	t.Helper()
	for _, e := range list {
		if err := s.AddAuditEntry(context.Background(), e); err != nil {
			t.Fatalf("AddAuditEntry: got %v, want nil", err)
		}
	}
}

func auditEntries(t *testing.T, s Store) {
	ctx := context.Background()
	own, foreign, whole, later := auditEntry("aud_1", "shop"), auditEntry("aud_2", "other"), auditEntry("aud_3", ""), auditEntry("aud_4", "shop")
	addEntries(t, s, later, own, whole, foreign)
	wantKind(t, "the same id", s.AddAuditEntry(ctx, own), fault.Conflict)
	for name, c := range map[string]struct {
		q    store.AuditQuery
		want []store.AuditEntry
	}{
		"all":             {store.AuditQuery{Limit: 10}, []store.AuditEntry{later, whole, foreign, own}},
		"of one app":      {store.AuditQuery{Apps: []string{"shop"}, Limit: 10}, []store.AuditEntry{later, own}},
		"of two apps":     {store.AuditQuery{Apps: []string{"other", "shop"}, Limit: 10}, []store.AuditEntry{later, foreign, own}},
		"of no app":       {store.AuditQuery{Apps: []string{}, Limit: 10}, nil},
		"the first":       {store.AuditQuery{Limit: 1}, []store.AuditEntry{later}},
		"behind an entry": {store.AuditQuery{Before: "aud_3", Limit: 10}, []store.AuditEntry{foreign, own}},
	} {
		got, err := s.AuditEntries(ctx, c.q)
		if err != nil {
			t.Errorf("%s: got %v, want nil", name, err)
		}
		if len(got) > 0 || len(c.want) > 0 {
			same(t, name, got, c.want)
		}
	}
}

func auditOutcome(t *testing.T, s Store) {
	want := auditEntry("aud_1", "shop")
	addEntries(t, s, want)
	want.Outcome = "done"
	for _, outcome := range []string{"done", "conflict"} {
		if err := s.CompleteAuditEntry(context.Background(), "aud_1", outcome); err != nil {
			t.Errorf("CompleteAuditEntry: got %v, want nil", err)
		}
		got, err := s.AuditEntries(context.Background(), store.AuditQuery{Limit: 1})
		if err != nil || len(got) != 1 {
			t.Fatalf("AuditEntries: got %v, %v, want one", got, err)
		}
		same(t, "the entry", got[0], want)
	}
}
