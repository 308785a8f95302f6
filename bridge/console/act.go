package console

import (
	"context"
	"crypto/sha256"
	"strings"
	"unicode/utf8"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// action is something that an operator does.
type action struct {
	name    operator.Action
	app     string // empty: it concerns the installation
	subject string
	reason  string
}

// act records an action, runs it, and records its outcome. An action that cannot be recorded
// is not executed. One whose outcome cannot be recorded has been executed all the same: its
// entry stays open, as after a crash.
func (p *page) act(a action, run func(ctx context.Context) error) error {
	return p.actCounting(a, func(ctx context.Context) (string, error) { return "", run(ctx) })
}

// actCounting is act for an action whose outcome says more than that it is done: how, in a few
// words that follow it.
func (p *page) actCounting(a action, run func(ctx context.Context) (how string, err error)) error {
	from := p.browser()
	e := store.AuditEntry{
		App: a.app, Operator: p.operator.Name, Action: string(a.name), Subject: a.subject, Reason: a.reason,
		Request: from.Request, Address: from.Address,
	}
	return p.operators.Act(p.ctx(), e, run, func(id string, err error) {
		p.log.Error("console: the outcome of an action was not recorded; it is in the history of the order; check the database", "audit", id, "request", from.Request, "fault", err)
	})
}

// reason returns why the operator acts, which every action requires.
//
// Faults: Invalid.
func (p *page) reason(most int) (string, error) {
	text := strings.TrimSpace(strings.ReplaceAll(p.r.PostFormValue("reason"), "\r\n", "\n"))
	switch {
	case text == "":
		return "", invalid("reason", "is required")
	case utf8.RuneCountInString(text) > most:
		return "", invalid("reason", "is too long")
	case wallet.TextFlaw(text) != "":
		return "", invalid("reason", wallet.TextFlaw(text))
	}
	return text, nil
}

// newKey is the key of a form that is rendered. Keys sort by the time of rendering.
func newKey() string { return ulid.Make().String() }

// sentKey returns the key of the form that was sent.
//
// Faults: Invalid.
func (p *page) sentKey() (ulid.ULID, error) {
	key, err := ulid.ParseStrict(p.r.PostFormValue("key"))
	if err != nil {
		err = invalid("key", "is missing; open the page again")
	}
	return key, err
}

// formID returns the id of what a form creates: the same for each press of the form as this
// operator opened it, so that a second press creates nothing.
//
// Faults: Invalid.
func (p *page) formID(prefix string) (string, error) {
	key, err := p.sentKey()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(p.app.Name + "\x00" + p.operator.ID + "\x00" + key.String()))
	copy(key[6:], sum[:]) // what follows the time
	return prefix + key.String(), nil
}

// requestID is the id of the request, which the audit log and the server's log have.
func (p *page) requestID() string { return problem.RequestID(p.w) }

// text is a field of a form, at most so many characters long.
func (p *page) text(name string, most int) (string, error) {
	text := strings.TrimSpace(p.r.PostFormValue(name))
	if utf8.RuneCountInString(text) > most {
		return "", invalid(name, "is too long")
	}
	if flaw := wallet.TextFlaw(text); flaw != "" {
		return "", invalid(name, flaw)
	}
	return text, nil
}

// maxReason is the length of a reason that is stored with an order's event.
const maxReason = input.MaxText
