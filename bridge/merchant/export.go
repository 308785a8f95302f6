package merchant

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge/export"
	"github.com/minitill/minitill/bridge/limit"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

var exportParameters = []string{"status", "from", "to", "zone"}

const (
	// rowsTrailer is the trailer that says how many rows a whole export has.
	rowsTrailer = "Minitill-Rows"
	// exportPause is how long the caller may take to read one page.
	exportPause = 30 * time.Second
)

// exportTypes are the content types of the formats.
var exportTypes = map[export.Format]string{export.CSV: "text/csv; charset=utf-8; header=present", export.JSONLines: "application/jsonl"}

// exportTable answers with a table, a page at a time. An export that fails after its first page
// ends with its connection, so that no caller takes it for a whole one.
//
// Faults: NotFound for a table that is not there; Invalid for a parameter that makes no sense;
// RateLimited and Unavailable for too many exports at once.
func (a *API) exportTable(c *gin.Context, r *request) error {
	q, err := a.exportQuery(c, r)
	if err != nil {
		return err
	}
	release, err := a.holdExport(c, r)
	if err != nil {
		return err
	}
	defer release()
	web.MarkHeld(c)
	out := &exported{c: c, contentType: exportTypes[q.Format]}
	q.Page = func(int) error { return out.flush() }
	n, err := export.WriteRecorded(c.Request.Context(), out, a.source(), a.store, q, store.AuditEntry{
		Operator: r.by(), Request: problem.RequestID(c.Writer), Address: c.ClientIP(),
	})
	switch {
	case err != nil && !out.begun:
		return err
	case err != nil:
		a.log.WarnContext(c.Request.Context(), "export ended early", "app", r.app, "rows", n, "fault", err)
		panic(http.ErrAbortHandler)
	}
	c.Writer.Header().Set(rowsTrailer, strconv.Itoa(n))
	return nil
}

// exportLimits bound the exports at once of a node, and of an app: each reads the store for
// as long as its caller takes.
var exportLimits = limit.PlaceLimits{All: 4, PerToken: 2}

// exportCounter counts the exports that exportLimits refuse.
type exportCounter struct{ limit.Counter }

// Refused implements limit.Counter.
func (c exportCounter) Refused(limit.Name) {
	if c.Counter != nil {
		c.Counter.Refused(limit.Export)
	}
}

// holdExport takes a place for an export. The caller releases it.
//
// Faults: RateLimited for too many of one app; Unavailable for too many in all.
func (a *API) holdExport(c *gin.Context, r *request) (release func(), err error) {
	release, err = a.exports.Hold(c.Writer, limit.Holder{Token: r.app}, exportPause)
	if err != nil {
		f := fault.Of(err)
		return nil, &fault.Error{Kind: f.Kind, Op: "merchant.export", RetryAfter: f.RetryAfter, Detail: "Too many exports are running. Try again later.", Err: err}
	}
	return release, nil
}

// exportQuery reads which table is requested: "orders.csv".
func (a *API) exportQuery(c *gin.Context, r *request) (q export.Query, err error) {
	kind, format, _ := strings.Cut(c.Param("file"), ".")
	q = export.Query{Kind: export.Kind(kind), Format: export.Format(format), App: r.app, Now: a.now()}
	if exportTypes[q.Format] == "" || !export.Known(q.Kind) {
		return q, fault.New(fault.NotFound, "merchant", "There is no such table.")
	}
	p := r.query
	q.Status, q.From, q.To = web.Word(p, "status", orderStatuses), p.Time("from"), p.Time("to")
	q.Zone = web.Parsed(p, "zone", "is not the name of a time zone, such as Asia/Hong_Kong", func(name string) (*time.Location, bool) {
		zone, err := time.LoadLocation(name)
		return zone, err == nil
	})
	return q, p.Err()
}

// exported is the answer of an export. Its header is sent with the first page.
type exported struct {
	c           *gin.Context
	contentType string
	begun       bool
}

// Write writes a part of a page.
func (e *exported) Write(p []byte) (int, error) {
	if !e.begun {
		e.begun = true
		h := e.c.Writer.Header()
		h.Set("Content-Type", e.contentType)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Disposition", "attachment; filename="+strconv.Quote(e.c.Param("file")))
		h.Set("Trailer", rowsTrailer)
	}
	return e.c.Writer.Write(p)
}

// flush sends what was written, and gives the caller time for the next page.
func (e *exported) flush() error {
	control := web.Controller(e.c)
	_ = control.SetWriteDeadline(time.Now().Add(exportPause)) // not every writer has one
	_ = control.Flush()
	return e.c.Request.Context().Err()
}
