package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/store"
)

// operatorsPage is the operators that this one sees.
type operatorsPage struct {
	Operators []operatorLine
	Roles     []operator.Role // that this operator can give in the page's app
	Key       string          // of the forms
	Link      string          // of an invitation that was just made: it is shown once
	For       string
}

// operatorLine is an operator with the open sessions.
type operatorLine struct {
	operator.Operator
	Sessions []store.OperatorSession
	Manages  bool // this operator may change the other
	Resets   bool // and may hand out a link to sign in as the other
}

// Roles writes the roles of an operator.
func (l operatorLine) Roles() []string {
	var list []string
	for _, g := range l.Grants {
		app := g.App
		if app == operator.AllApps {
			app = "all apps"
		}
		list = append(list, string(g.Role)+" of "+app)
	}
	return list
}

func (p *page) operatorsPage() (v operatorsPage, err error) {
	v.Key = newKey()
	all, err := p.operators.Book.List(p.r.Context())
	if err != nil {
		return v, err
	}
	for i := range all {
		o := &all[i]
		if !o.May(operator.SeeOrders, p.app.Name) {
			continue
		}
		sessions, err := p.operators.Sessions(p.r.Context(), o)
		if err != nil {
			return v, err
		}
		v.Operators = append(v.Operators, operatorLine{*o, sessions, p.operator.Manages(o), p.operator.MayGrant(o.Grants)})
	}
	for _, role := range operator.Roles {
		if p.operator.MayGrant([]operator.Grant{{App: p.app.Name, Role: role}}) {
			v.Roles = append(v.Roles, role)
		}
	}
	return v, nil
}

func showOperators(p *page) error {
	v, err := p.operatorsPage()
	if err != nil {
		return err
	}
	return p.show(http.StatusOK, "operators", "Operators", v)
}

// invited shows the link of an invitation, once.
func (p *page) invited(name, token string) error {
	v, err := p.operatorsPage()
	if err != nil {
		return err
	}
	v.Link, v.For = p.public+Path+"join?token="+url.QueryEscape(token), name
	return p.show(http.StatusCreated, "operators", "Operators", v)
}

// addOperator makes an operator of the page's app with roles that this one has too. A form that
// is sent twice makes one.
func addOperator(p *page) error {
	name, err := operator.CheckName(p.r.PostFormValue("name"))
	if err != nil {
		return err
	}
	var grants []operator.Grant
	for _, role := range p.r.PostForm["role"] {
		grants = append(grants, operator.Grant{App: p.app.Name, Role: operator.Role(role)})
	}
	if grants, err = operator.CheckGrants(grants); err != nil {
		return err
	}
	if !p.operator.MayGrant(grants) {
		return forbidden("You can give only roles that you have.")
	}
	id, err := p.formID("opr_")
	if err != nil {
		return err
	}
	var token string
	err = p.act(action{operator.Operators, p.app.Name, name, "added"}, func(ctx context.Context) (err error) {
		_, token, err = p.operators.Create(ctx, id, name, grants, p.operator.Name)
		return err
	})
	if err != nil {
		return err
	}
	return p.invited(name, token)
}

// resetOperator makes a new link for an operator. With the link one signs in as the other, so
// that it takes every role of the other. A form that is sent again changes nothing: the operator
// may have used the link since.
func resetOperator(p *page) error {
	if !p.operator.MayGrant(p.other.Grants) {
		return forbidden("The operator has roles that you do not have. Use the command minitill operators reset.")
	}
	form, err := p.sentKey()
	if err != nil {
		return err
	}
	var token string
	err = p.act(action{operator.Operators, p.app.Name, p.other.ID, "reset"}, func(ctx context.Context) (err error) {
		_, token, err = p.operators.Invite(ctx, p.other.ID, form.String())
		return err
	})
	if err != nil {
		return err
	}
	return p.invited(p.other.Name, token)
}

func disableOperator(p *page) error {
	return p.manage("disabled", "disable", func(ctx context.Context) error {
		_, err := p.operators.Disable(ctx, p.other.ID, p.operator.Name)
		return err
	})
}

func endSessions(p *page) error {
	return p.manage("sessions ended", "sessions", func(ctx context.Context) error { return p.operators.EndSessions(ctx, p.other.ID) })
}

// manage does something to an operator of whom this one manages all apps.
func (p *page) manage(what, done string, run func(context.Context) error) error {
	if !p.operator.Manages(&p.other) {
		return forbidden("The operator has roles in apps that you do not manage.")
	}
	if err := p.act(action{operator.Operators, p.app.Name, p.other.ID, what}, run); err != nil {
		return err
	}
	return p.seeOther(p.url("operators", "done", done))
}

// accountPage is the operator's own sessions.
type accountPage struct {
	Sessions []store.OperatorSession
	This     string
	Codes    int // recovery codes that are left
	Factor   bool
}

func showAccount(p *page) error {
	sessions, err := p.operators.Sessions(p.r.Context(), &p.operator)
	if err != nil {
		return err
	}
	slices.Reverse(sessions)
	return p.show(http.StatusOK, "account", "Your account", accountPage{sessions, p.session.ID, len(p.operator.Codes), p.operator.TOTP != ""})
}

func endOwnSession(p *page) error {
	id := p.r.PathValue("id")
	err := p.act(action{operator.SignedOut, "", id, "own session"}, func(ctx context.Context) error {
		return p.operators.EndSession(ctx, p.operator.ID, id, p.operator.Name)
	})
	if err != nil {
		return err
	}
	return p.seeOther(p.url("account", "done", "sessions"))
}
