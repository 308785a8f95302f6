package oidc

import (
	"reflect"
	"testing"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/fault"
)

func TestRolesComeFromGroupsAndFromNamedPeople(t *testing.T) {
	support, finance := operator.Grant{App: "shop", Role: operator.Support}, operator.Grant{App: "shop", Role: operator.Finance}
	p := New(Config{Issuer: "https://id.example", ClientID: "till", Redirect: "https://till.example/console/oidc/callback", Rules: []Rule{
		{Group: "desk", Grant: support}, {Group: "/money", Grant: finance}, {Person: "ann@shop.example", Grant: finance}, {Person: "s1", Grant: support},
	}})
	for name, c := range map[string]struct {
		claims map[string]any
		want   []operator.Grant
	}{
		"a group":                       {map[string]any{"groups": []any{"desk", "other"}}, []operator.Grant{support}},
		"a group as Keycloak writes it": {map[string]any{"groups": []any{"/desk", "/money"}}, []operator.Grant{support, finance}},
		"a claim that is one text":      {map[string]any{"groups": "money"}, []operator.Grant{finance}},
		"a verified address":            {map[string]any{"email": "Ann@Shop.example", "email_verified": true}, []operator.Grant{finance}},
		"an address that is not":        {map[string]any{"email": "ann@shop.example"}, nil},
		"an address that is a text":     {map[string]any{"email": "ann@shop.example", "email_verified": "true"}, nil},
		"a part of a group's name":      {map[string]any{"groups": []any{"desks", "money/x", 7}}, nil},
		"nothing":                       {map[string]any{}, nil},
	} {
		if got := p.grants(c.claims, "s2"); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	both := p.grants(map[string]any{"groups": []any{"desk"}}, "s1")
	if !reflect.DeepEqual(both, []operator.Grant{support}) {
		t.Errorf("a person with the role of the group: got %v, want it once", both)
	}
}

func TestAnAnswerWithoutItsFlowIsRefusedWithoutACall(t *testing.T) {
	p := New(Config{Issuer: "http://127.0.0.1:1", ClientID: "till", Redirect: "https://till.example/console/oidc/callback"})
	for _, c := range [][3]string{{"", "", ""}, {"a.b.c", "", "code"}, {"a.b.c", "x", "code"}, {".b.c", "", "code"}, {"a.b.c", "a", ""}, {"a.b", "a", "code"}} {
		if _, err := p.Finish(t.Context(), c[0], c[1], c[2]); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%q: got %v, want Forbidden", c, err)
		}
	}
	if _, _, err := p.Start(t.Context()); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("a provider that is not there: got %v, want Unavailable", err)
	}
}
