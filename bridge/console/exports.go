package console

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// exportForm is which table is requested. Its times are in the page's zone.
type exportForm struct {
	Kind, Status, From, To string
	Mark                   bool // the file begins with a byte order mark, for spreadsheets

	Kinds    []export.Kind
	Statuses []wallet.Status
	Counted  bool
	Rows     string // "1,234", or with a + where the table goes on
}

// exportForm reads the form of a request.
func (p *page) exportForm() *exportForm {
	return &exportForm{
		Kind: cmp.Or(p.r.FormValue("kind"), string(export.Orders)), Status: p.r.FormValue("status"), From: p.r.FormValue("from"),
		To: p.r.FormValue("to"), Mark: p.r.FormValue("mark") != "", Kinds: export.Kinds, Statuses: statuses,
	}
}

// query is the table of a form.
//
// Faults: Invalid.
func (f *exportForm) query(p *page) (export.Query, error) {
	var found fault.Fields
	q := export.Query{
		Kind: export.Kind(f.Kind), Format: export.CSV, App: p.app.Name, Status: wallet.Status(f.Status),
		From: minuteOf(p, "from", f.From, &found), To: minuteOf(p, "to", f.To, &found), Now: p.now(), Zone: p.zone(),
	}
	if !export.Known(q.Kind) {
		found.Add("kind", "is not a table")
	}
	if f.Status != "" && !slices.Contains(statuses, q.Status) {
		found.Add("status", "is not a status")
	}
	return q, found.Invalid("console.exports")
}

// showExports shows the form, and how many rows its table has.
func showExports(p *page) error {
	f := p.exportForm()
	q, err := f.query(p)
	if err != nil {
		return p.refused(err, "exports", "Export", f)
	}
	if f.Counted = p.r.FormValue("kind") != ""; f.Counted {
		if f.Rows, err = p.countRows(p.r.Context(), q); err != nil {
			return err
		}
	}
	return p.show(http.StatusOK, "exports", "Export", f)
}

// countRows counts the rows of a table up to a bound. Orders of most statuses have one row each,
// which the index counts at once: the store would read all orders to find rare ones.
//
// Faults: those of the store.
func (p *page) countRows(ctx context.Context, q export.Query) (string, error) {
	oneEach := q.Kind == export.Orders && q.Status != "" && q.Status != wallet.Paid // with refunds and reversals
	if oneEach && p.index != nil {
		if n, known := p.countIndexed(ctx, q); known {
			return n, nil
		}
	}
	rows, more, err := export.Count(ctx, p.source(), q)
	n := grouped(rows)
	if more {
		n += "+"
	}
	return n, err
}

// countIndexed counts orders in the index. It is not known while the index is built, and when
// it does not answer.
func (p *page) countIndexed(ctx context.Context, q export.Query) (n string, known bool) {
	status, err := p.index.AppStatus(ctx, q.App)
	if err != nil || status.Building {
		return "", false
	}
	c, err := p.index.Count(ctx, index.Query{App: q.App, Filter: index.Filter{Status: q.Status, From: q.From, To: q.To}})
	return c.String(), err == nil
}

// grouped writes a number for people: 12,345.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// exportTable sends a table, a page at a time. One that fails after its first page ends with its
// connection, so that no file of a part looks whole.
//
// Faults: Invalid; RateLimited and Unavailable for too many exports at once; those of the store.
func exportTable(p *page) error {
	f := p.exportForm()
	q, err := f.query(p)
	if err != nil {
		return err
	}
	release, err := p.exports.Hold(p.w, limit.Holder{Token: p.app.Name}, downloadPause)
	if err != nil {
		return &fault.Error{Kind: fault.KindOf(err), Op: "console.exports", RetryAfter: fault.Of(err).RetryAfter, Detail: "Too many exports are running. Try again later.", Err: err}
	}
	defer release()
	out := &download{p: p, name: p.app.Name + "-" + f.Kind + ".csv", mark: f.Mark}
	q.Page = func(int) error { return out.flush() }
	err = p.actCounting(action{operator.Export, p.app.Name, f.Kind, f.bounds()}, func(context.Context) (string, error) {
		rows, err := export.Write(p.r.Context(), out, p.source(), q)
		if err != nil {
			return fmt.Sprintf(" after %d rows", rows), err
		}
		return fmt.Sprintf(", %d rows", rows), nil
	})
	if err != nil && out.begun {
		p.log.Warn("console: an export ended early", "app", p.app.Name, "request", p.requestID(), "fault", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// bounds says in the audit log what was exported.
func (f *exportForm) bounds() string {
	return cmp.Or(f.Status, "any status") + ", from " + cmp.Or(f.From, "the first") + " to " + cmp.Or(f.To, "now")
}

// exportLimits bound the exports at once of a node, and of an app, as in the merchant API.
var exportLimits = limit.PlaceLimits{All: 4, PerToken: 2}

// download is the answer of an export. Its header is sent with the first page.
type download struct {
	p     *page
	name  string
	mark  bool
	begun bool
}

// Write writes a part of a page.
func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		h := d.p.w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Disposition", "attachment; filename="+strconv.Quote(d.name))
		if d.mark {
			if _, err := io.WriteString(d.p.w, "\ufeff"); err != nil {
				return 0, err
			}
		}
	}
	return d.p.w.Write(b)
}

// downloadPause is how long a browser may take to read one page.
const downloadPause = 30 * time.Second

// flush sends what was written, and gives the browser time for the next page.
func (d *download) flush() error {
	control := http.NewResponseController(d.p.w)
	_ = control.SetWriteDeadline(time.Now().Add(downloadPause)) // not every writer has one
	_ = control.Flush()
	return d.p.r.Context().Err()
}
