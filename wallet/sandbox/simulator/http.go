package simulator

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
	"github.com/minitill/minitill/wallet/internal/provider/page"
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

// The signed calls; rules of faults name them so.
const (
	createPath      = "/v1/payments"
	choosePath      = "/v1/payments/choose"
	queryPath       = "/v1/payments/query"
	cancelPath      = "/v1/payments/cancel"
	capturePath     = "/v1/payments/capture"
	voidPath        = "/v1/payments/void"
	refundPath      = "/v1/refunds"
	queryRefundPath = "/v1/refunds/query"
	exchangePath    = "/v1/auth/exchange"
	agreementPath   = "/v1/agreements"
	signPath        = "/v1/agreements/sign"
	renewPath       = "/v1/agreements/renew"
	endPath         = "/v1/agreements/end"
)

// operations are the signed calls by path.
var operations = map[string]operation{
	createPath:      decoded((*Provider).create),
	choosePath:      onPayment((*Provider).choose),
	queryPath:       onPayment((*Provider).query),
	cancelPath:      onPayment((*Provider).cancel),
	capturePath:     onPayment((*Provider).capture),
	voidPath:        onPayment((*Provider).void),
	refundPath:      decoded((*Provider).refund),
	queryRefundPath: decoded((*Provider).queryRefund),
	exchangePath:    decoded((*Provider).exchange),
	agreementPath:   decoded((*Provider).prepare),
	signPath:        decoded((*Provider).exchangeCode),
	renewPath:       decoded((*Provider).renew),
	endPath:         decoded((*Provider).endAgreement),
}

// decoded decodes the body before the lock is acquired and executes under it.
func decoded[T any](execute func(*Provider, T, time.Time) (answer, []change)) operation {
	return func(p *Provider, body []byte) (answer, error) {
		var req T
		if err := json.Unmarshal(body, &req); err != nil {
			return refuse("INVALID_REQUEST", "the body is not the JSON expected").answer(), nil
		}
		return locked(p, func(now time.Time) (answer, []change) { return execute(p, req, now) })
	}
}

// onPayment is a call about an existing payment, which it finds before execute runs.
func onPayment[T interface{ ref() paymentRequest }](execute func(*Provider, *payment, T, time.Time) (answer, []change)) operation {
	return decoded(func(p *Provider, req T, now time.Time) (answer, []change) {
		pay, refused := p.paymentOf(req.ref())
		if refused != nil {
			return refused.answer(), nil
		}
		return execute(p, pay, req, now)
	})
}

// ServeHTTP serves calls, the cashier and its files, with and without the path of
// the public URL.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := provider.Below(p.base.Path, r.URL.Path)
	if op := operations[path]; op != nil {
		p.serveCall(w, r, path, op)
		return
	}
	switch {
	case strings.HasPrefix(path, "/cashier/"):
		p.pages.Serve(w, r, func(v *page.Visit) (page.View, error) { return p.cashier(v, strings.TrimPrefix(path, "/cashier/")) })
	case strings.HasPrefix(path, "/agreements/"):
		p.pages.Serve(w, r, func(v *page.Visit) (page.View, error) { return p.consent(v, strings.TrimPrefix(path, "/agreements/")) })
	case strings.HasPrefix(path, "/assets/"):
		p.pages.ServeAsset(w, r)
	case p.commands(path) && !p.cfg.Allow(r):
		writePlain(w, http.StatusForbidden, refuse("FORBIDDEN", "this is for the provider's own machine, or needs an API key of the app"))
	case path == "/authcode":
		p.serveAuthCode(w, r)
	case p.cfg.Control && strings.HasPrefix(path, "/control/"):
		p.control().Serve(w, r, strings.TrimPrefix(path, "/control/"))
	case strings.Contains(r.Header.Get("Accept"), "text/html"): // a person opened the address in a browser
		p.pages.Serve(w, r, func(*page.Visit) (page.View, error) { return nil, page.ErrNotFound })
	default:
		writePlain(w, http.StatusNotFound, refuse("NOT_FOUND", "there is nothing here"))
	}
}

// commands reports whether a path is for the provider's operator.
func (p *Provider) commands(path string) bool {
	return path == "/authcode" || p.cfg.Control && strings.HasPrefix(path, "/control/")
}

func (p *Provider) serveCall(w http.ResponseWriter, r *http.Request, path string, op operation) {
	p.faults.Serve(w, r, path, func(rule Rule) func() {
		a := p.distortReply(path, p.call(w, r, path, op, rule.Fault))
		if rule.Fault == UnknownOutcome {
			a = refuse("UNKNOWN_OUTCOME", "the outcome is not known").answer()
		}
		return func() { p.write(w, path, a, rule.Fault) }
	})
}

// call reads, authenticates and executes.
func (p *Provider) call(w http.ResponseWriter, r *http.Request, path string, op operation, fault Fault) answer {
	if r.Method != http.MethodPost {
		return answer{http.StatusMethodNotAllowed, refuse("INVALID_REQUEST", "POST only")}
	}
	body, err := provider.Body(w, r, maxBody)
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

// writePlain sends an unsigned answer.
func writePlain(w http.ResponseWriter, status int, body any) { provider.WriteJSON(w, status, body) }
