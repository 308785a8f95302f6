package simulator

import (
	"crypto/hmac"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/minitill/minitill/internal/design"
)

// The outcomes a payer may choose at the cashier.
const (
	outcomePay     = "pay"
	outcomeDecline = "decline"
	outcomeCancel  = "cancel"
	outcomeLeave   = "leave"
	outcomeLater   = "later"
)

var outcomes = []string{outcomePay, outcomeDecline, outcomeCancel, outcomeLeave, outcomeLater}

// resultCodes are what my.tradePay reports for an outcome.
var resultCodes = map[string]string{
	outcomePay: "9000", outcomeDecline: "4000", outcomeCancel: "6001", outcomeLeave: "6004", outcomeLater: "8000",
}

// maxForm bounds what is read of a page's form.
const maxForm = 4 << 10

// window is a payment as its page shows it, copied out of the lock.
type window struct {
	payment
	now   time.Time
	embed bool // shown in somebody's frame, which is told the result instead of redirected
}

// serveCashier shows the payment or takes the payer's decision.
func (p *Provider) serveCashier(w http.ResponseWriter, r *http.Request) {
	p.policy("").Write(w.Header())
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		p.showCashier(w, r)
	case http.MethodPost:
		p.takeDecision(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		p.showMissing(w, r, http.StatusMethodNotAllowed)
	}
}

func (p *Provider) showCashier(w http.ResponseWriter, r *http.Request) {
	view, found := p.open(r, nil)
	switch {
	case !found:
		p.showMissing(w, r, http.StatusNotFound)
	case view.status.open():
		p.policy(view.returnURL).Write(w.Header())
		p.render(w, "cashier", p.cashierPage(r, view))
	default:
		p.render(w, "result", p.resultPage(r, view, outcomeShown(view.status)))
	}
}

// takeDecision applies the form and sends the payer on.
func (p *Provider) takeDecision(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	chosen := r.PostFormValue("outcome")
	if !slices.Contains(outcomes, chosen) {
		p.showMissing(w, r, http.StatusBadRequest)
		return
	}
	view, found := p.open(r, func(pay *payment, now time.Time) { p.choose(pay, chosen, now) })
	switch {
	case !found:
		p.showMissing(w, r, http.StatusNotFound)
	case view.returnURL != "" && !view.embed:
		w.Header().Set("Location", view.returnURL) // as it was given: no result is added to it
		w.WriteHeader(http.StatusSeeOther)
	case view.status.open():
		p.render(w, "result", p.resultPage(r, view, chosen))
	default: // what happened, not what was chosen when that came too late
		p.render(w, "result", p.resultPage(r, view, outcomeShown(view.status)))
	}
}

// open finds the visited payment and lets time pass for it; decide may then change it.
func (p *Provider) open(r *http.Request, decide func(*payment, time.Time)) (window, bool) {
	query := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Now()
	pay := p.byID[query.Get("bizNo")]
	if pay == nil || !hmac.Equal([]byte(query.Get("sign")), []byte(p.cashierSign(pay))) {
		return window{}, false
	}
	p.settle(pay, now)
	if decide != nil {
		decide(pay, now)
	}
	return window{payment: *pay, now: now, embed: query.Get("embed") == "1"}, true
}

// choose applies the payer's decision to an open payment; for any other it comes too
// late. To cancel and to leave end nothing: the payer may come back.
func (p *Provider) choose(pay *payment, outcome string, now time.Time) {
	p.settle(pay, now)
	if !pay.status.open() {
		return
	}
	switch outcome {
	case outcomePay:
		p.take(pay, now)
	case outcomeDecline:
		p.decline(pay, now)
	case outcomeLater:
		pay.turn(processing, now)
		pay.completes = now.Add(p.cfg.Later)
		if p.profile.notifyType {
			p.tell(pay, now)
		}
	}
	p.nudge()
}

// outcomeShown is the outcome that led to a status.
func outcomeShown(s status) string {
	switch s {
	case paid, authorized:
		return outcomePay
	case processing:
		return outcomeLater
	case canceled, voided:
		return outcomeCancel
	}
	return outcomeDecline
}

// policy lets a page send its form to itself and, because browsers count the redirect
// that follows, to where the payer returns.
func (p *Provider) policy(returnURL string) design.Policy {
	forms := []string{"'self'"}
	if u, err := url.Parse(returnURL); err == nil && u.Host != "" {
		forms = append(forms, u.Scheme+"://"+u.Host)
	}
	return design.Policy{FormAction: forms, FrameAncestors: append([]string{"'self'"}, p.cfg.FrameAncestors...)}
}
