package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// serveControl is the fault switches, refund decisions and what happens to paid payments
// over HTTP, for a developer's own machine.
func (p *Provider) serveControl(w http.ResponseWriter, r *http.Request, path string) {
	refund, isRefund := strings.CutPrefix(path, "refunds/")
	payment, isPayment := strings.CutPrefix(path, "payments/")
	switch {
	case path == "faults":
		p.controlFaults(w, r)
	case isRefund && r.Method == http.MethodPost:
		p.controlRefund(w, r, refund)
	case isPayment && r.Method == http.MethodPost:
		p.controlPayment(w, r, payment)
	default:
		writePlain(w, http.StatusNotFound, refuse("NOT_FOUND", "there is no such control"))
	}
}

func (p *Provider) controlFaults(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
	case http.MethodDelete:
		p.faults.Clear()
	case http.MethodPost:
		var rule ruleJSON
		if err := readJSON(w, r, &rule); err != nil || p.faults.Set(rule.rule()) != nil {
			writePlain(w, http.StatusBadRequest, refuse("INVALID_REQUEST", "not a fault rule"))
			return
		}
	default:
		writePlain(w, http.StatusMethodNotAllowed, refuse("INVALID_REQUEST", "GET, POST or DELETE"))
		return
	}
	rules := []ruleJSON{}
	for _, rule := range p.faults.Rules() {
		rules = append(rules, ruleJSON{Rule: rule, Delay: duration(rule.Delay)})
	}
	writePlain(w, http.StatusOK, map[string][]ruleJSON{"faults": rules})
}

// ruleJSON is a rule whose delay is written "2s".
type ruleJSON struct {
	Rule
	Delay duration `json:"delay"`
}

func (r ruleJSON) rule() Rule {
	r.Rule.Delay = time.Duration(r.Delay)
	return r.Rule
}

type duration time.Duration

// MarshalText writes "2s".
func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads "2s".
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

func (p *Provider) controlRefund(w http.ResponseWriter, r *http.Request, request string) {
	var body struct {
		Decision string `json:"decision"`
	}
	if err := readJSON(w, r, &body); err != nil || body.Decision != "approve" && body.Decision != "reject" {
		writePlain(w, http.StatusBadRequest, refuse("INVALID_REQUEST", "decision must be approve or reject"))
		return
	}
	switch err := p.decideByHand(request, body.Decision == "approve"); {
	case errors.Is(err, ErrNoRefund):
		writePlain(w, http.StatusNotFound, refuse("NOT_FOUND", "no such refund is waiting"))
	case err != nil:
		writePlain(w, http.StatusInternalServerError, refuse("INTERNAL", "the change could not be stored"))
	default:
		writePlain(w, http.StatusOK, map[string]string{"code": "OK"})
	}
}

// controlPayment reverses a paid payment, or lets the payer pay it a second time.
func (p *Provider) controlPayment(w http.ResponseWriter, r *http.Request, name string) {
	var body struct {
		Action string `json:"action"`
	}
	actions := map[string]func(string) error{"reverse": p.Reverse, "second_charge": p.SecondCharge}
	if err := readJSON(w, r, &body); err != nil || actions[body.Action] == nil {
		writePlain(w, http.StatusBadRequest, refuse("INVALID_REQUEST", "action must be reverse or second_charge"))
		return
	}
	switch err := actions[body.Action](name); {
	case errors.Is(err, ErrNoPayment):
		writePlain(w, http.StatusNotFound, refuse("NOT_FOUND", "there is no such payment"))
	case errors.Is(err, ErrNotPaid):
		writePlain(w, http.StatusConflict, refuse("INVALID_STATE", "the payment is not paid"))
	case err != nil:
		writePlain(w, http.StatusInternalServerError, refuse("INTERNAL", "the change could not be stored"))
	default:
		writePlain(w, http.StatusOK, map[string]string{"code": "OK"})
	}
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	// A browser sends JSON to another origin only after asking, which we never allow:
	// so no foreign page can throw our switches.
	if mime, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); mime != "application/json" {
		return errors.New("simulator: not JSON")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
