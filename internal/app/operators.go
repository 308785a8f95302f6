package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/store"
)

// operatorsCommand manages the operators of the console. It works on the store, so that the
// first operator, and one who has lost password and second factor, need no invitation.
type operatorsCommand struct {
	Add      addOperatorCommand      `cmd:"" help:"Add an operator, and print the link with which the operator chooses a password."`
	List     listOperatorsCommand    `cmd:"" help:"List the operators with their roles."`
	Reset    resetOperatorCommand    `cmd:"" help:"End an operator's password, second factor and sessions, and print a new link. It enables an operator who was disabled."`
	Disable  disableOperatorCommand  `cmd:"" help:"End an operator's sessions and refuse new ones."`
	Sessions operatorSessionsCommand `cmd:"" help:"List an operator's open sessions, or end them."`
}

type addOperatorCommand struct {
	flags
	Name string   `arg:"" help:"The name to sign in with."`
	Role []string `required:"" help:"What the operator does: viewer, support, finance, admin. An admin manages keys, endpoints and operators, and moves no money; give several roles for both."`
	App  []string `help:"The apps; the only one, unless given. \"*\" is all apps, also later ones."`
}

// Run adds an operator.
func (c *addOperatorCommand) Run(ctx context.Context, env Env) error {
	return c.withOperators(ctx, func(d *operatorDesk) error {
		grants, err := d.grants(c.App, c.Role)
		if err != nil {
			return err
		}
		if err := d.record(ctx, "operators.add", c.Name, fmt.Sprint(grants)); err != nil {
			return err
		}
		o, token, err := d.service.Create(ctx, operator.NewID(), c.Name, grants, person())
		if err != nil {
			return plain(err)
		}
		return d.printLink(env, &o, token)
	})
}

type listOperatorsCommand struct{ flags }

// Run prints the operators.
func (c *listOperatorsCommand) Run(ctx context.Context, env Env) error {
	return c.withOperators(ctx, func(d *operatorDesk) error {
		list, err := d.service.Book.List(ctx)
		if err != nil {
			return err
		}
		t := table(env.Out, "NAME", "ROLES", "SIGNS IN BY", "CREATED", "BY", "DISABLED")
		for i := range list {
			o := &list[i]
			row(t, o.Name, grantsText(o.Grants), signsInBy(o), when(o.CreatedAt), o.CreatedBy, orEmpty(o.DisabledAt))
		}
		return t.Flush()
	})
}

// grantsText writes roles as ROLE@APP.
func grantsText(grants []operator.Grant) string {
	texts := make([]string, len(grants))
	for i, g := range grants {
		texts[i] = string(g.Role) + "@" + g.App
	}
	return strings.Join(texts, ",")
}

func signsInBy(o *operator.Operator) string {
	switch {
	case o.Subject != "":
		return "OpenID Connect"
	case o.Password != "" && o.TOTP != "":
		return fmt.Sprintf("password and code, %d recovery codes left", len(o.Codes))
	case o.Password != "":
		return "password"
	case o.Invite != nil:
		return "a link, until " + when(o.Invite.ExpiresAt)
	}
	return "nothing yet"
}

type resetOperatorCommand struct {
	flags
	Name string `arg:"" help:"The operator's name."`
}

// Run invites an operator again.
func (c *resetOperatorCommand) Run(ctx context.Context, env Env) error {
	return c.withOperators(ctx, func(d *operatorDesk) error {
		o, err := d.named(ctx, "operators.reset", c.Name)
		if err != nil {
			return err
		}
		o, token, err := d.service.Invite(ctx, o.ID, "")
		if err != nil {
			return plain(err)
		}
		return d.printLink(env, &o, token)
	})
}

type disableOperatorCommand struct {
	flags
	Name string `arg:"" help:"The operator's name."`
}

// Run disables an operator.
func (c *disableOperatorCommand) Run(ctx context.Context, env Env) error {
	return c.withOperators(ctx, func(d *operatorDesk) error {
		o, err := d.named(ctx, "operators.disable", c.Name)
		if err != nil {
			return err
		}
		if _, err := d.service.Disable(ctx, o.ID, person()); err != nil {
			return plain(err)
		}
		_, err = fmt.Fprintf(env.Out, "%s is disabled.\n", o.Name)
		return err
	})
}

type operatorSessionsCommand struct {
	flags
	Name string `arg:"" help:"The operator's name."`
	End  bool   `help:"End all of them."`
}

// Run lists or ends an operator's sessions.
func (c *operatorSessionsCommand) Run(ctx context.Context, env Env) error {
	return c.withOperators(ctx, func(d *operatorDesk) error {
		if !c.End {
			o, err := d.service.Book.Named(ctx, c.Name)
			if err != nil {
				return plain(err)
			}
			return d.printSessions(ctx, env.Out, &o)
		}
		o, err := d.named(ctx, "operators.end-sessions", c.Name)
		if err != nil {
			return err
		}
		if err := d.service.EndSessions(ctx, o.ID); err != nil {
			return plain(err)
		}
		_, err = fmt.Fprintf(env.Out, "The sessions of %s have ended.\n", o.Name)
		return err
	})
}

// operatorDesk manages operators from a command.
type operatorDesk struct {
	config  *config
	service *operator.Service
}

// withOperators opens the configured store for as long as use runs.
func (f flags) withOperators(ctx context.Context, use func(*operatorDesk) error) error {
	return f.withThisStore(ctx, func(c *config, db database) error {
		return use(&operatorDesk{c, operator.New(operator.Config{Store: db})})
	})
}

// named returns the operator of a name after it has recorded what is done to the operator.
func (d *operatorDesk) named(ctx context.Context, action, name string) (operator.Operator, error) {
	o, err := d.service.Book.Named(ctx, name)
	if err != nil {
		return o, plain(err)
	}
	return o, d.record(ctx, action, o.ID, "")
}

// record stores an audit entry of a command.
func (d *operatorDesk) record(ctx context.Context, action, subject, reason string) error {
	_, err := d.service.Record(ctx, store.AuditEntry{
		Operator: person() + " (command)", Action: action, Subject: subject, Reason: reason, Outcome: operator.Done,
	})
	return err
}

// grants returns the roles for each of the apps; no app means the only one.
func (d *operatorDesk) grants(apps, roles []string) (list []operator.Grant, err error) {
	if len(apps) == 0 {
		only, err := d.config.appNamed("")
		if err != nil {
			return nil, err
		}
		apps = []string{only}
	}
	for _, app := range apps {
		if app != operator.AllApps {
			if app, err = d.config.appNamed(app); err != nil {
				return nil, err
			}
		}
		for _, role := range roles {
			list = append(list, operator.Grant{App: app, Role: operator.Role(strings.TrimSpace(role))})
		}
	}
	list, err = operator.CheckGrants(list)
	return list, plain(err)
}

// printLink prints the link of an invitation: the link alone on the output.
func (d *operatorDesk) printLink(env Env, o *operator.Operator, token string) error {
	_, err := fmt.Fprintln(env.Out, d.config.consoleAddress()+"join?token="+url.QueryEscape(token))
	fmt.Fprintf(env.Err, "Give this link to %s. It works once, until %s, and is shown this once.\n", o.Name, when(o.Invite.ExpiresAt))
	return err
}

func (d *operatorDesk) printSessions(ctx context.Context, out io.Writer, o *operator.Operator) error {
	list, err := d.service.Sessions(ctx, o)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errors.New(o.Name + " has no open session")
	}
	t := table(out, "SESSION", "SINCE", "LAST USED", "UNTIL", "BY", "FROM", "BROWSER")
	for _, s := range slices.Backward(list) {
		row(t, s.ID, when(s.CreatedAt), when(s.UsedAt), when(s.ExpiresAt), s.Method, s.Address, s.Agent)
	}
	return t.Flush()
}
