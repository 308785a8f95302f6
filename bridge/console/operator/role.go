package operator

import "slices"

// Role is what an operator does for an app.
type Role string

// The roles. No role includes another: an operator can have several.
const (
	Viewer  Role = "viewer"  // sees orders, without personal data
	Support Role = "support" // replays, refreshes, resolves with a note
	Finance Role = "finance" // captures, voids, refunds, exports, resolves with an outcome
	Admin   Role = "admin"   // manages keys, endpoints and operators
)

// Roles lists all roles.
var Roles = []Role{Viewer, Support, Finance, Admin}

// Action is something that the console does for an operator.
type Action string

// The actions.
const (
	SeeOrders   Action = "orders.see"     // orders, refunds, wallets, webhooks and charts
	SeePersonal Action = "personal.see"   // payers, and messages of wallets as received
	SeeAudit    Action = "audit.see"      // what operators did
	Refresh     Action = "orders.refresh" // query the wallet now
	Note        Action = "orders.note"    // clear a reason for attention with a note
	Replay      Action = "webhooks.replay"
	Inbox       Action = "inbox.decide" // retry and dismiss notifications

	Cancel  Action = "orders.cancel"
	Capture Action = "orders.capture"
	Void    Action = "orders.void"
	Refund  Action = "orders.refund"
	Outcome Action = "orders.outcome" // state the outcome of an order
	Approve Action = "refunds.approve"
	Reject  Action = "refunds.reject"
	Export  Action = "export"

	Keys      Action = "keys.manage"
	Endpoints Action = "endpoints.manage"
	Operators Action = "operators.manage"
)

// Rights has the roles that may do each action.
var Rights = map[Action][]Role{
	SeeOrders:   {Viewer, Support, Finance, Admin},
	SeePersonal: {Support, Finance},
	SeeAudit:    {Finance, Admin},
	Refresh:     {Support, Finance},
	Note:        {Support, Finance},
	Replay:      {Support, Finance, Admin},
	Inbox:       {Support, Finance},

	Cancel:  {Finance},
	Capture: {Finance},
	Void:    {Finance},
	Refund:  {Finance},
	Outcome: {Finance},
	Approve: {Finance},
	Reject:  {Finance},
	Export:  {Finance},

	Keys:      {Admin},
	Endpoints: {Admin},
	Operators: {Admin},
}

// AllApps is the app of a grant that covers every app.
const AllApps = "*"

// Grant is a role for an app, or for all apps.
type Grant struct {
	App  string `json:"app"`
	Role Role   `json:"role"`
}

// covers reports whether the grant includes another.
func (g Grant) covers(other Grant) bool {
	return g.Role == other.Role && (g.App == AllApps || g.App == other.App)
}

// May reports whether an operator may do something with an app's data. Of an app that is
// empty the data are those of the installation as a whole.
func (o *Operator) May(action Action, app string) bool {
	return slices.ContainsFunc(o.Grants, func(g Grant) bool {
		return slices.Contains(Rights[action], g.Role) && (g.App == AllApps || app != "" && g.App == app)
	})
}

// MayAnywhere reports whether an operator may do something with the data of some app.
func (o *Operator) MayAnywhere(action Action) bool {
	return slices.ContainsFunc(o.Grants, func(g Grant) bool { return slices.Contains(Rights[action], g.Role) })
}

// Apps returns those of the apps with whose data the operator may do something.
func (o *Operator) Apps(action Action, all []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(app string) bool { return !o.May(action, app) })
}

// MayGrant reports whether an operator may give these grants to another: an administrator
// gives only rights that the administrator has, for apps that the administrator manages.
func (o *Operator) MayGrant(grants []Grant) bool {
	for _, g := range grants {
		for action, roles := range Rights {
			if slices.Contains(roles, g.Role) && !o.May(action, g.App) {
				return false
			}
		}
	}
	return o.Manages(&Operator{Grants: grants})
}

// Manages reports whether an operator is an administrator of every app for which another
// operator has a role.
func (o *Operator) Manages(other *Operator) bool {
	return !slices.ContainsFunc(other.Grants, func(want Grant) bool {
		return !slices.ContainsFunc(o.Grants, func(g Grant) bool { return g.covers(Grant{want.App, Admin}) })
	})
}
