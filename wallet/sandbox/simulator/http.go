package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds what is read of a call.
const maxBody = 64 << 10

// answer is what a call is answered with.
type answer struct {
	status int
	body   any
}

func ok(body any) answer { return answer{http.StatusOK, body} }

func (r *refusal) answer() answer { return answer{r.HTTP, r} }

// operation executes a call's body.
type operation func(p *Provider, body []byte) (answer, error)

// operations are the signed calls by path.
var operations = map[string]operation{
	"/v1/payments":         decoded((*Provider).create),
	"/v1/payments/choose":  decoded((*Provider).choose),
	"/v1/payments/query":   decoded((*Provider).query),
	"/v1/payments/cancel":  decoded((*Provider).cancel),
	"/v1/payments/capture": decoded((*Provider).capture),
	"/v1/payments/void":    decoded((*Provider).void),
	"/v1/refunds":          decoded((*Provider).refund),
	"/v1/refunds/query":    decoded((*Provider).queryRefund),
	"/v1/auth/exchange":    decoded((*Provider).exchange),
}

// decoded reads the body before the lock is taken and executes under it.
func decoded[T any](execute func(*Provider, T, time.Time) (answer, []change)) operation {
	return func(p *Provider, body []byte) (answer, error) {
		var req T
		if err := json.Unmarshal(body, &req); err != nil {
			return refuse("INVALID_REQUEST", "the body is not the JSON expected").answer(), nil
		}
		return locked(p, func(now time.Time) (answer, []change) { return execute(p, req, now) })
	}
}

// ServeHTTP serves calls, the cashier and its files, with and without the path of
// the public URL.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := p.below(r.URL.Path)
	if op := operations[path]; op != nil {
		p.serveCall(w, r, path, op)
		return
	}
	switch {
	case strings.HasPrefix(path, "/cashier/"):
		p.serveCashier(w, r, strings.TrimPrefix(path, "/cashier/"))
	case strings.HasPrefix(path, "/assets/"):
		assets.ServeHTTP(w, r)
	case path == "/authcode":
		p.serveAuthCode(w, r)
	case p.cfg.Control && strings.HasPrefix(path, "/control/"):
		p.serveControl(w, r, strings.TrimPrefix(path, "/control/"))
	default:
		writePlain(w, http.StatusNotFound, refuse("NOT_FOUND", "there is nothing here"))
	}
}

// below is the path without the public URL's.
func (p *Provider) below(path string) string {
	if rest, found := strings.CutPrefix(path, p.base.Path); found && strings.HasPrefix(rest, "/") {
		return rest
	}
	return path
}

func (p *Provider) serveCall(w http.ResponseWriter, r *http.Request, path string, op operation) {
	rule := p.faults.call(path)
	if rule.Fault == CutBefore {
		cut(w)
		return
	}
	a := p.toldBy(path, p.call(w, r, path, op, rule.Fault))
	switch rule.Fault {
	case SlowAnswer:
		wait(r, rule.Delay)
	case CutAfter:
		cut(w)
		return
	case UnknownOutcome:
		a = refuse("UNKNOWN_OUTCOME", "the outcome is not known").answer()
	case ServerError:
		writeRaw(w, http.StatusBadGateway, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>")
		return
	case GarbageAnswer:
		writeRaw(w, http.StatusOK, "application/json", "{\"paymentId\":\x00\xff")
		return
	}
	p.write(w, path, a, rule.Fault)
}

// call reads, authenticates and executes.
func (p *Provider) call(w http.ResponseWriter, r *http.Request, path string, op operation, fault Fault) answer {
	if r.Method != http.MethodPost {
		return answer{http.StatusMethodNotAllowed, refuse("INVALID_REQUEST", "POST only")}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return refuse("INVALID_REQUEST", "the body cannot be read or is too large").answer()
	}
	if refused := p.authenticate(r, path, body, p.cfg.Now()); refused != nil {
		return refused.answer()
	}
	if p.cfg.OnRequest != nil {
		p.cfg.OnRequest(Request{Path: path, Body: body})
	}
	switch fault {
	case TrafficLimit:
		limited := refuse("TRAFFIC_LIMIT", "too many requests")
		limited.RetryAfter = time.Second.Milliseconds()
		return limited.answer()
	case Refused:
		return refuse("RISK_REJECTED", "the request was refused").answer()
	}
	a, err := op(p, body)
	if err != nil {
		p.cfg.Log.Error("sandbox provider cannot write its journal", "error", err)
		return refuse("INTERNAL", "the change could not be stored").answer()
	}
	return a
}

// write signs and sends an answer.
func (p *Provider) write(w http.ResponseWriter, path string, a answer, fault Fault) {
	body, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // our own types always encode
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	signedBody := string(body)
	if fault == ForgedAnswer {
		signedBody += " "
	}
	if fault != UnsignedAnswer {
		p.sign(header, p.cfg.Now(), http.MethodPost, path, strconv.Itoa(a.status), signedBody)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

// writePlain answers what is not signed.
func writePlain(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // our own types always encode
	}
	w.Header().Set("Cache-Control", "no-store")
	writeRaw(w, status, "application/json", string(text))
}

func writeRaw(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// cut closes the connection without an answer. A hijack is tried first, because a
// recovering router would turn the panic into an answer.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.Close()
}

// wait delays an answer for as long as the caller listens.
func wait(r *http.Request, delay time.Duration) {
	timer := time.NewTimer(or(delay, 2*time.Second))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
