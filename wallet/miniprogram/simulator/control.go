package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// command is what a program tells the provider through /control.
type command struct {
	RequestID       string `json:"requestId"`
	Outcome         string `json:"outcome"`
	RefundRequestID string `json:"refundRequestId"`
	Approve         bool   `json:"approve"`
	User            string `json:"user"`
	AuthURL         string `json:"authUrl"`
}

// serveControl is the provider's methods over HTTP, for tests by other programs on a
// developer's own machine:
//
//	POST   /control/settle      {requestId, outcome}
//	POST   /control/reverse     {requestId}
//	POST   /control/secondcharge {requestId}
//	POST   /control/refunds     {refundRequestId, approve}
//	POST   /control/authcode    {user} → {authCode}
//	POST   /control/signcode    {authUrl, user} → {authCode}
//	POST   /control/deliver     {} → {attempts}
//	POST   /control/faults      a rule; GET lists them, DELETE clears them
//	GET    /control/books?requestId=
//	GET    /control/deliveries?requestId=
func (p *Provider) serveControl(w http.ResponseWriter, r *http.Request, name string) {
	request := r.URL.Query().Get("requestId")
	switch r.Method + " " + name {
	case "GET books":
		writeJSON(w, http.StatusOK, p.Books(request))
	case "GET deliveries":
		writeJSON(w, http.StatusOK, map[string]any{"deliveries": p.Deliveries(request)})
	case "GET faults":
		p.writeRules(w)
	case "DELETE faults":
		p.Clear()
		p.writeRules(w)
	case "POST faults":
		p.controlFault(w, r)
	case "POST settle", "POST reverse", "POST secondcharge", "POST refunds", "POST authcode", "POST signcode", "POST deliver":
		p.control(w, r, name)
	default:
		writeJSON(w, http.StatusNotFound, map[string]string{"error": "there is no such control"})
	}
}

// control obeys one command.
func (p *Provider) control(w http.ResponseWriter, r *http.Request, name string) {
	var c command
	if err := readCommand(w, r, &c); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	answer, err := p.obey(r, name, c)
	if err != nil {
		writeJSON(w, http.StatusNotFound, map[string]string{"error": err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (p *Provider) obey(r *http.Request, name string, c command) (any, error) {
	switch name {
	case "settle":
		return map[string]string{}, p.Settle(c.RequestID, c.Outcome)
	case "reverse":
		return map[string]string{}, p.Reverse(c.RequestID)
	case "secondcharge":
		return map[string]string{}, p.SecondCharge(c.RequestID)
	case "refunds":
		return map[string]string{}, p.DecideRefund(c.RefundRequestID, c.Approve)
	case "signcode":
		code, err := p.SigningCode(c.AuthURL, or(c.User, visitor))
		return map[string]string{"authCode": code}, err
	case "deliver":
		return map[string]int{"attempts": p.RunOnce(r.Context())}, nil
	}
	return map[string]string{"authCode": p.AuthCode(or(c.User, visitor))}, nil
}

// ruleJSON is a rule whose delay is written "2s".
type ruleJSON struct {
	Rule
	Delay string `json:"delay,omitempty"`
}

func (p *Provider) controlFault(w http.ResponseWriter, r *http.Request) {
	var told ruleJSON
	err := readCommand(w, r, &told)
	if err == nil && told.Delay != "" {
		told.Rule.Delay, err = time.ParseDuration(told.Delay)
	}
	if err != nil || !told.Rule.known() {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "not a fault rule"})
		return
	}
	p.Inject(told.Rule)
	p.writeRules(w)
}

func (p *Provider) writeRules(w http.ResponseWriter) {
	rules := []ruleJSON{}
	for _, rule := range p.Rules() {
		out := ruleJSON{Rule: rule}
		if rule.Delay > 0 {
			out.Delay = rule.Delay.String()
		}
		rules = append(rules, out)
	}
	text, err := json.Marshal(map[string][]ruleJSON{"faults": rules})
	if err != nil {
		panic(err) // our own types always encode
	}
	writeRaw(w, http.StatusOK, "application/json", string(text))
}

func readCommand(w http.ResponseWriter, r *http.Request, into any) error {
	// A browser sends JSON to another origin only after asking, which we never allow:
	// so no foreign page can throw our switches.
	if mime, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); mime != "application/json" {
		return errors.New("the content type must be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
