package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Errors of manual actions, by a simulator's methods and through /control.
var (
	ErrCommand   = errors.New("simulator: not a command")
	ErrNoPayment = errors.New("simulator: no such payment")
	ErrNoRefund  = errors.New("simulator: no such refund is waiting")
	ErrNotPaid   = errors.New("simulator: the payment is not paid") // no money to return or to pay again
	ErrFull      = errors.New("simulator: too many payments are open")
)

// maxCommand bounds the body of a command, in bytes.
const maxCommand = 64 << 10

// Control offers a simulator's methods over HTTP, for a developer's own machine and for tests
// in other languages. It serves the injected faults itself:
//
//	GET    /control/faults   {"faults": [rule, …]}
//	POST   /control/faults   a rule: {"fault", "endpoint", "times", "skip", "rate", "code", "delay": "2s"}
//	DELETE /control/faults   clears them
//
// and the wallet's actions. An action has the same name as that of other wallets:
//
//	POST settle {requestId, outcome}   POST refunds {refundRequestId, approve}   POST deliver {}
//	POST reverse, secondcharge {requestId}   GET books, deliveries ?requestId=
type Control struct {
	Faults *Faults

	// Actions by method and name: "POST settle" is POST /control/settle.
	Actions map[string]Action

	Status func(error) int                 // HTTP status of an action's error; nil: that of the errors above, 500 for others
	Refuse func(status int, err error) any // the body of an error; nil: {"error": …}
}

// Action executes a command and returns the answer. The rest is what follows the action's name
// in the path, such as R1 in /control/refunds/R1. See Command.
type Action func(r *http.Request, rest string, body []byte) (any, error)

// Command returns an Action with a JSON object as its input; a GET has none.
func Command[T any](do func(r *http.Request, rest string, input T) (any, error)) Action {
	return func(r *http.Request, rest string, body []byte) (any, error) {
		var input T
		if len(body) > 0 {
			if err := json.Unmarshal(body, &input); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrCommand, err)
			}
		}
		return do(r, rest, input)
	}
}

// Serve executes the command at a path below /control/.
func (c *Control) Serve(w http.ResponseWriter, r *http.Request, path string) {
	name, rest, _ := strings.Cut(path, "/")
	action := c.action(r.Method, name, rest)
	if action == nil {
		c.refuseUnknown(w, name, rest)
		return
	}
	body, err := readCommand(w, r)
	if err != nil {
		c.refuse(w, http.StatusBadRequest, err)
		return
	}
	answer, err := action(r, rest, body)
	if err != nil {
		c.refuse(w, c.status(err), err)
		return
	}
	WriteJSON(w, http.StatusOK, answer)
}

// refuseUnknown answers a method that a control does not have, and a control that does not
// exist.
func (c *Control) refuseUnknown(w http.ResponseWriter, name, rest string) {
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPost} {
		if c.action(method, name, rest) != nil {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		c.refuse(w, http.StatusNotFound, errors.New("there is no such control"))
		return
	}
	methods := strings.Join(allowed, ", ")
	w.Header().Set("Allow", methods)
	c.refuse(w, http.StatusMethodNotAllowed, fmt.Errorf("%w: the method must be one of %s", ErrCommand, methods))
}

// action returns nil for an unknown action. Nothing is below the path of the faults.
func (c *Control) action(method, name, rest string) Action {
	switch {
	case name != "faults":
		return c.Actions[method+" "+name]
	case rest != "":
		return nil
	}
	switch method {
	case http.MethodGet:
		return func(*http.Request, string, []byte) (any, error) { return c.rules() }
	case http.MethodDelete:
		return func(*http.Request, string, []byte) (any, error) { c.Faults.Clear(); return c.rules() }
	case http.MethodPost:
		return c.addRule
	}
	return nil
}

func (c *Control) rules() (any, error) {
	rules := c.Faults.Rules()
	if rules == nil {
		rules = []Rule{}
	}
	return map[string][]Rule{"faults": rules}, nil
}

func (c *Control) addRule(_ *http.Request, _ string, body []byte) (any, error) {
	var rule Rule
	if err := json.Unmarshal(body, &rule); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRule, err)
	}
	if err := c.Faults.Add(rule); err != nil {
		return nil, err
	}
	return c.rules()
}

// readCommand reads the input of a POST. Its content type must be JSON: a browser sends JSON to
// another origin only after a preflight, which is never allowed, so no page of another origin
// can send commands.
func readCommand(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		return nil, nil
	}
	if mime, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); mime != "application/json" {
		return nil, fmt.Errorf("%w: the content type must be application/json", ErrCommand)
	}
	return Body(w, r, maxCommand)
}

func (c *Control) status(err error) int {
	switch {
	case errors.Is(err, ErrCommand), errors.Is(err, ErrRule):
		return http.StatusBadRequest
	case c.Status != nil:
		return c.Status(err)
	case errors.Is(err, ErrNoPayment), errors.Is(err, ErrNoRefund):
		return http.StatusNotFound
	case errors.Is(err, ErrNotPaid), errors.Is(err, ErrFull):
		return http.StatusConflict
	}
	return http.StatusInternalServerError
}

func (c *Control) refuse(w http.ResponseWriter, status int, err error) {
	var body any = map[string]string{"error": err.Error()}
	if c.Refuse != nil {
		body = c.Refuse(status, err)
	}
	WriteJSON(w, status, body)
}
