package simulator

import (
	"crypto/hmac"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The outcomes a payer may choose at the cashier.
const (
	outcomePay     = "pay"
	outcomeDecline = "decline"
	outcomeLeave   = "leave"
	outcomeLater   = "later"
)

var outcomes = []string{outcomePay, outcomeDecline, outcomeLeave, outcomeLater}

// visit is one request to a payment's cashier.
type visit struct {
	id     string
	token  string
	embed  bool
	texts  *texts
	window window
}

// serveCashier shows the page or takes the payer's decision.
func (p *Provider) serveCashier(w http.ResponseWriter, r *http.Request, id string) {
	p.pageHeaders(w.Header(), "")
	v := visitOf(r, id)
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.showCashier(w, v)
	case http.MethodPost:
		p.takeDecision(w, r, v)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		p.showMissing(w, http.StatusMethodNotAllowed, v)
	}
}

func visitOf(r *http.Request, id string) visit {
	query := r.URL.Query()
	return visit{
		id: id, token: query.Get("token"), embed: query.Get("embed") == "1",
		texts: textsFor(query.Get("lang"), r.Header.Get("Accept-Language")),
	}
}

// window is a payment as the cashier sees it, copied out of the lock.
type window struct {
	*paymentJSON
	Description string
	ReturnTo    string
	Now         time.Time
}

// open finds the visited payment and lets time pass for it; decide may then change it.
func (p *Provider) open(v *visit, decide func(*payment, time.Time) []change) (found bool, err error) {
	return locked(p, func(now time.Time) (bool, []change) {
		pay := p.visited(*v)
		if pay == nil {
			return false, nil
		}
		changes := []change{p.settle(pay, now)}
		if decide != nil {
			changes = append(changes, decide(pay, now)...)
		}
		v.window = window{paymentJSON: pay.json(), ReturnTo: pay.returnTo, Now: now}
		if pay.more != nil {
			v.window.Description = pay.more.description
		}
		return true, changes
	})
}

// visited is the payment whose token the visitor has; nil for any other.
func (p *Provider) visited(v visit) *payment {
	pay := p.named(v.id)
	if pay == nil || !hmac.Equal([]byte(p.token(pay)), []byte(v.token)) {
		return nil
	}
	return pay
}

func (p *Provider) showCashier(w http.ResponseWriter, v visit) {
	found, err := p.open(&v, nil)
	switch {
	case err != nil:
		p.showMissing(w, http.StatusInternalServerError, v)
	case !found:
		p.showMissing(w, http.StatusNotFound, v)
	case v.window.Status.open():
		p.pageHeaders(w.Header(), v.window.ReturnTo)
		p.render(w, http.StatusOK, "cashier", p.cashierPage(v))
	default:
		p.render(w, http.StatusOK, "result", p.resultPage(v, outcomeOf(v.window.Status)))
	}
}

// takeDecision applies the form and sends the payer on.
func (p *Provider) takeDecision(w http.ResponseWriter, r *http.Request, v visit) {
	const maxForm = 4 << 10
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	chosen := r.PostFormValue("outcome")
	if !slices.Contains(outcomes, chosen) {
		p.showMissing(w, http.StatusBadRequest, v)
		return
	}
	found, err := p.open(&v, func(pay *payment, now time.Time) []change {
		return p.decidePayment(pay, chosen, now)
	})
	switch {
	case err != nil:
		p.showMissing(w, http.StatusInternalServerError, v)
		return
	case !found:
		p.showMissing(w, http.StatusNotFound, v)
		return
	}
	if v.window.ReturnTo != "" && !v.embed {
		w.Header().Set("Location", v.window.ReturnTo)
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	happened := outcomeOf(v.window.Status) // not what was chosen, when that came too late
	if v.window.Status.open() {
		happened = outcomeLeave
	}
	p.render(w, http.StatusOK, "result", p.resultPage(v, happened))
}

// decidePayment applies the payer's decision to an open payment; to any other it
// comes too late. Time passes first, so that a payment at its last moment is either
// paid or expired.
func (p *Provider) decidePayment(pay *payment, outcome string, now time.Time) []change {
	settled := p.settle(pay, now)
	if !pay.status.open() {
		return []change{settled}
	}
	switch outcome {
	case outcomePay:
		pay.pay(now)
		p.rename(pay)
	case outcomeDecline:
		pay.set(failed, "PAYER_DECLINED", now)
	case outcomeLater:
		pay.completes = now.Add(p.cfg.Later).UnixMilli()
		pay.set(processing, "", now)
		p.remind(pay)
		return []change{settled, {payment: pay}}
	default:
		return []change{settled}
	}
	return []change{settled, {payment: pay, notice: p.noticePayment(pay, now)}}
}

// outcomeOf is the outcome that led to a status.
func outcomeOf(s status) string {
	switch s {
	case paid, authorized:
		return outcomePay
	case pending, canceled:
		return outcomeLeave
	case processing:
		return outcomeLater
	}
	return outcomeDecline
}

// resultCodes are what my.tradePay reports for an outcome.
var resultCodes = map[string]string{
	outcomePay: "9000", outcomeDecline: "4000", outcomeLeave: "6001", outcomeLater: "8000",
}

// pageHeaders keep the pages out of caches, indexes and foreign hands. A form's
// redirect to the return URL must be allowed, or browsers stop it.
func (p *Provider) pageHeaders(h http.Header, returnTo string) {
	forms := "'self'"
	if u, err := url.Parse(returnTo); err == nil && u.Host != "" {
		forms += " " + u.Scheme + "://" + u.Host
	}
	ancestors := append([]string{"'self'"}, p.cfg.FrameAncestors...)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "+
		"base-uri 'none'; form-action "+forms+"; frame-ancestors "+strings.Join(ancestors, " "))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}
