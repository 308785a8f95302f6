package simulator

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// maxBody bounds what is read of a call.
const maxBody = 256 << 10

// ServeHTTP serves calls, pages and their files, with and without the path of the
// public URL.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := p.below(r.URL.EscapedPath())
	switch {
	case path == "/cashier":
		p.serveCashier(w, r)
	case path == "/authorize":
		p.serveAuthorize(w, r)
	case path == "/authcode":
		p.serveAuthCode(w, r)
	case strings.HasPrefix(path, "/assets/"):
		assets.ServeHTTP(w, r)
	case p.cfg.Control && strings.HasPrefix(path, "/control/"):
		p.serveControl(w, r, strings.TrimPrefix(path, "/control/"))
	default:
		p.serveCall(w, r, path)
	}
}

// below is the path without the public URL's.
func (p *Provider) below(path string) string {
	if rest, found := strings.CutPrefix(path, p.base.EscapedPath()); found && strings.HasPrefix(rest, "/") {
		return rest
	}
	return path
}

func (p *Provider) serveCall(w http.ResponseWriter, r *http.Request, path string) {
	e, isCall := p.profile.route(path, p.cfg.ClientID)
	if !isCall {
		http.NotFound(w, r)
		return
	}
	rule := p.switches.take(string(e))
	if rule.Fault == CutBefore {
		cut(w)
		return
	}
	public := p.base.EscapedPath() + path
	answer := p.call(w, r, e, public, rule)
	switch rule.Fault {
	case SlowAnswer:
		wait(r, or(rule.Delay, 2*time.Second))
	case CutAfter:
		cut(w)
		return
	case ServerError:
		writeRaw(w, http.StatusBadGateway, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>")
		return
	case GarbageAnswer:
		writeRaw(w, http.StatusOK, "application/json", "{\"paymentId\":\x00\xff")
		return
	}
	p.write(w, public, p.toldBy(e, answer.bent(rule.Fault)), rule)
}

// call reads, authenticates, checks and executes.
func (p *Provider) call(w http.ResponseWriter, r *http.Request, e endpoint, path string, rule Rule) *reply {
	if r.Method != http.MethodPost {
		return refuse("METHOD_NOT_SUPPORTED", "POST only").reply()
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return illegal("the body", "cannot be read or is too large").reply()
	}
	if refused := p.authenticate(r, path, body, p.cfg.Now()); refused != nil {
		return refused.reply()
	}
	if e == "" {
		return refuse("INVALID_API", "there is no such API").reply()
	}
	if p.cfg.OnRequest != nil {
		p.cfg.OnRequest(Request{Endpoint: string(e), Path: path, Header: r.Header.Clone(), Body: body})
	}
	if refused := rule.instead(); refused != nil {
		return refused.reply()
	}
	answer := p.execute(e, body)
	if rule.Fault == NotifyFirst && e == payEndpoint {
		p.notifyFirst(r, answer.PaymentID)
	}
	return answer
}

// execute runs a call whose sender is known.
func (p *Provider) execute(e endpoint, body []byte) *reply {
	n, err := parse(body)
	if err != nil {
		return illegal("the body", "is not one JSON object").reply()
	}
	if refused := p.profile.inspect(e, n); refused != nil {
		return refused.reply()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return operations[e](p, n, p.cfg.Now())
}

// notifyFirst lets the payer be quicker than the answer to pay.
func (p *Provider) notifyFirst(r *http.Request, paymentID string) {
	p.mu.Lock()
	pay := p.byID[paymentID]
	due := false
	if pay != nil {
		p.choose(pay, outcomePay, p.cfg.Now())
		due = !pay.sending && len(pay.notices) > 0
		pay.sending = pay.sending || due
	}
	p.mu.Unlock()
	if due {
		p.deliver(r.Context(), &pay.mailbox)
	}
}

// write signs and sends an answer. The HTTP status says nothing in this family.
func (p *Provider) write(w http.ResponseWriter, path string, answer *reply, rule Rule) {
	body := encode(answer)
	at, signed := p.cfg.Now(), body
	switch rule.Fault {
	case SkewedAnswer:
		at = at.Add(or(rule.Delay, time.Hour))
	case ForgedAnswer:
		signed = append([]byte(" "), body...)
	}
	if rule.Fault != UnsignedAnswer {
		p.sign(w.Header(), headerResponseTime, path, at, signed)
	}
	writeRaw(w, http.StatusOK, "application/json; charset=UTF-8", string(body))
}

func writeRaw(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
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
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}
