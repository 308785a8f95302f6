package simulator

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// maxBody bounds what is read of a call.
const maxBody = 256 << 10

// ServeHTTP serves calls, pages and their files, with and without the path of the
// public URL.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := provider.Below(p.base.EscapedPath(), r.URL.EscapedPath())
	switch {
	case path == "/cashier":
		p.pages.Serve(w, r, p.cashier)
	case path == "/authorize":
		p.pages.Serve(w, r, p.authorize)
	case path == "/authcode":
		p.serveAuthCode(w, r)
	case strings.HasPrefix(path, "/assets/"):
		p.pages.ServeAsset(w, r)
	case p.cfg.Control && strings.HasPrefix(path, "/control/"):
		p.control.Serve(w, r, strings.TrimPrefix(path, "/control/"))
	default:
		p.serveCall(w, r, path)
	}
}

func (p *Provider) serveCall(w http.ResponseWriter, r *http.Request, path string) {
	e, isCall := p.profile.route(path, p.cfg.ClientID)
	if !isCall {
		http.NotFound(w, r)
		return
	}
	public := p.base.EscapedPath() + path
	p.faults.Serve(w, r, string(e), func(rule Rule) func() {
		answer := p.call(w, r, e, public, rule)
		return func() { p.write(w, public, p.distortReply(e, answer.distorted(rule.Fault)), rule) }
	})
}

// call reads, authenticates, checks and executes.
func (p *Provider) call(w http.ResponseWriter, r *http.Request, e endpoint, path string, rule Rule) *reply {
	if r.Method != http.MethodPost {
		return refuse("METHOD_NOT_SUPPORTED", "POST only").reply()
	}
	body, err := provider.Body(w, r, maxBody)
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
	if refused := instead(rule); refused != nil {
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

// notifyFirst pays and notifies before pay is answered.
func (p *Provider) notifyFirst(r *http.Request, paymentID string) {
	p.mu.Lock()
	pay := p.books.ByID(paymentID)
	if pay != nil {
		p.news.Reserve(pay)
		p.choose(pay, outcomePay, p.cfg.Now())
	}
	p.mu.Unlock()
	if pay != nil {
		p.news.Deliver(r.Context(), pay)
	}
}

// write signs and sends an answer. The HTTP status has no meaning in this family.
func (p *Provider) write(w http.ResponseWriter, path string, answer *reply, rule Rule) {
	body := encode(answer)
	at, signed := p.cfg.Now(), body
	switch rule.Fault {
	case SkewedAnswer:
		at = at.Add(cmp.Or(rule.Delay, time.Hour))
	case ForgedAnswer:
		signed = append([]byte(" "), body...)
	}
	if rule.Fault != UnsignedAnswer {
		p.sign(w.Header(), headerResponseTime, path, at, signed)
	}
	provider.WriteRaw(w, http.StatusOK, "application/json; charset=UTF-8", string(body))
}
