package console

import (
	"net/http"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/store"
)

// auditPage is what operators did. Who may see the audit log of all apps sees what concerns
// the installation too: sign-ins and commands.
type auditPage struct {
	Entries []store.AuditEntry
	Whole   bool
	More    string
}

func showAudit(p *page) error {
	v := auditPage{Whole: p.operator.May(operator.SeeAudit, "")}
	q := store.AuditQuery{Apps: []string{p.app.Name}, Before: p.r.FormValue("after"), Limit: pageSize + 1}
	if v.Whole {
		q.Apps = append(q.Apps, "")
	}
	list, err := p.store.AuditEntries(p.r.Context(), q)
	if err != nil {
		return err
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		v.More = p.url("audit", "after", list[pageSize-1].ID)
	}
	v.Entries = list
	return p.show(http.StatusOK, "audit", "Audit log", v)
}
