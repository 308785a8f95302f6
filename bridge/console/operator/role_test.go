package operator

import (
	"slices"
	"testing"
)

// TestEachRoleMayDoWhatTheTableSays spells the rights out a second time, role by role.
func TestEachRoleMayDoWhatTheTableSays(t *testing.T) {
	want := map[Role][]Action{
		Viewer:  {SeeOrders},
		Support: {SeeOrders, SeePersonal, Refresh, Note, Replay, Inbox},
		Finance: {SeeOrders, SeePersonal, SeeAudit, Refresh, Note, Replay, Inbox, Cancel, Capture, Void, Refund, Outcome, Approve, Reject, Export},
		Admin:   {SeeOrders, SeeAudit, Replay, Keys, Endpoints, Operators},
	}
	for _, role := range Roles {
		for action := range Rights {
			own, all := Operator{Grants: []Grant{{"shop", role}}}, Operator{Grants: []Grant{{AllApps, role}}}
			may := slices.Contains(want[role], action)
			if got := own.May(action, "shop"); got != may {
				t.Errorf("%s, %s, own app: got %t, want %t", role, action, got, may)
			}
			if own.May(action, "other") || own.May(action, "") || own.May(action, AllApps) {
				t.Errorf("%s, %s: may act beyond its app", role, action)
			}
			if got := all.May(action, "other"); got != may {
				t.Errorf("%s, %s, of all apps: got %t, want %t", role, action, got, may)
			}
			if got := all.May(action, ""); got != may {
				t.Errorf("%s, %s, the installation: got %t, want %t", role, action, got, may)
			}
		}
	}
}

func TestAnAdministratorGivesOnlyWhatTheAdministratorHas(t *testing.T) {
	admin := Operator{Grants: []Grant{{"shop", Admin}, {"shop", Support}, {"other", Finance}}}
	for name, c := range map[string]struct {
		grants []Grant
		want   bool
	}{
		"own roles":                   {[]Grant{{"shop", Admin}, {"shop", Support}}, true},
		"a role the admin lacks":      {[]Grant{{"shop", Finance}}, false},
		"an app the admin has no say": {[]Grant{{"other", Finance}}, false},
		"all apps":                    {[]Grant{{AllApps, Support}}, false},
		"one of two":                  {[]Grant{{"shop", Support}, {"shop", Finance}}, false},
		"less than an own role":       {[]Grant{{"shop", Viewer}}, true},
	} {
		if got := admin.MayGrant(c.grants); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}
