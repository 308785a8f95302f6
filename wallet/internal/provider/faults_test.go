package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

const wrongDigit provider.Fault = "wrong_digit"

// declared is a wallet with two calls that share a beginning.
var declared = provider.Declared{
	Endpoints: []string{"pay", "payments", "/v1/refunds/query"},
	Calls:     provider.CallFaults(wrongDigit),
	News:      provider.NewsFaults(provider.BatchEvents, wrongDigit),
	InjectionPoints: map[provider.Fault][]string{
		provider.RefuseRepeat: {"pay"}, provider.AmountHuge: {"payments", provider.Notify}, provider.LagQuery: {"payments"},
		provider.ChangeID: nil,
	},
}

func TestOnlyRulesThatCanApplyAreTaken(t *testing.T) {
	for _, c := range []struct {
		name string
		rule provider.Rule
		good bool
	}{
		{"of any call", provider.Rule{Fault: provider.CutAfter}, true},
		{"of one call", provider.Rule{Fault: provider.CutAfter, Endpoint: "pay"}, true},
		{"of calls below a path", provider.Rule{Fault: provider.CutAfter, Endpoint: "/v1/refunds"}, true},
		{"of a call that is not there", provider.Rule{Fault: provider.CutAfter, Endpoint: "pa"}, false},
		{"a call's fault of notifications", provider.Rule{Fault: provider.CutAfter, Endpoint: provider.Notify}, false},
		{"a notification's fault", provider.Rule{Fault: provider.LoseNotification}, true},
		{"a notification's fault of a call", provider.Rule{Fault: provider.LoseNotification, Endpoint: "pay"}, false},
		{"of both, for notifications", provider.Rule{Fault: wrongDigit, Endpoint: provider.Notify}, true},
		{"at a point where it can happen", provider.Rule{Fault: provider.AmountHuge, Endpoint: provider.Notify}, true},
		{"at a point where it cannot happen", provider.Rule{Fault: provider.RefuseRepeat, Endpoint: "payments"}, false},
		{"of no endpoint in particular", provider.Rule{Fault: provider.ChangeID}, true},
		{"of no endpoint, but with one named", provider.Rule{Fault: provider.ChangeID, Endpoint: "pay"}, false},
		{"not declared", provider.Rule{Fault: provider.RefuseCancel}, false},
		{"times below zero", provider.Rule{Fault: provider.CutAfter, Times: -1}, false},
		{"skip below zero", provider.Rule{Fault: provider.CutAfter, Skip: -1}, false},
		{"a rate above one", provider.Rule{Fault: provider.CutAfter, Rate: 1.5}, false},
		{"a rate below zero", provider.Rule{Fault: provider.CutAfter, Rate: -0.5}, false},
		{"a delay of more than an hour", provider.Rule{Fault: provider.SlowAnswer, Delay: time.Hour + 1}, false},
		{"a delay below zero", provider.Rule{Fault: provider.SlowAnswer, Delay: -1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := provider.NewFaults(declared, 1)
			err := f.Add(c.rule)
			if (err == nil) != c.good || (len(f.Rules()) == 1) != c.good || err != nil && !errors.Is(err, provider.ErrRule) {
				t.Errorf("got %v and rules %v, want good %v", err, f.Rules(), c.good)
			}
		})
	}
	defer func() {
		if recover() == nil {
			t.Error("Inject took a rule that can never apply")
		}
	}()
	provider.NewFaults(declared, 1).Inject(provider.Rule{Fault: "none"})
}

func TestARuleDecidesWhereItIsAbout(t *testing.T) {
	for _, c := range []struct {
		name string
		rule provider.Rule
		at   []string // of pay, payments, /v1/refunds/query and Notify, those where it decides
	}{
		{"any call", provider.Rule{Fault: provider.CutAfter}, []string{"pay", "payments", "/v1/refunds/query"}},
		{"one call, not another that begins alike", provider.Rule{Fault: provider.CutAfter, Endpoint: "pay"}, []string{"pay"}},
		{"calls below a path", provider.Rule{Fault: provider.CutAfter, Endpoint: "/v1/refunds"}, []string{"/v1/refunds/query"}},
		{"calls below a path with a slash at its end", provider.Rule{Fault: provider.CutAfter, Endpoint: "/v1/"}, []string{"/v1/refunds/query"}},
		{"notifications", provider.Rule{Fault: provider.LoseNotification}, []string{provider.Notify}},
		{"of both, calls are meant", provider.Rule{Fault: wrongDigit}, []string{"pay", "payments", "/v1/refunds/query"}},
		{"of both, notifications are named", provider.Rule{Fault: wrongDigit, Endpoint: provider.Notify}, []string{provider.Notify}},
		{"one with injection points decides over no call", provider.Rule{Fault: provider.AmountHuge}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := provider.NewFaults(declared, 1)
			f.Inject(c.rule)
			var at []string
			for _, endpoint := range declared.Endpoints {
				if f.Call(endpoint).Fault == c.rule.Fault {
					at = append(at, endpoint)
				}
			}
			if f.News().Fault == c.rule.Fault {
				at = append(at, provider.Notify)
			}
			if !slices.Equal(at, c.at) {
				t.Errorf("got %q, want %q", at, c.at)
			}
		})
	}
}

func TestRulesAreSkippedCountedAndUsedUp(t *testing.T) {
	f := provider.NewFaults(declared, 1)
	f.Inject(provider.Rule{Fault: provider.CutAfter, Skip: 1, Times: 2}, provider.Rule{Fault: provider.ServerError, Times: 1})
	var got []provider.Fault
	for range 5 {
		got = append(got, f.Call("pay").Fault)
	}
	if want := []provider.Fault{provider.ServerError, provider.CutAfter, provider.CutAfter, "", ""}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if rules := f.Rules(); len(rules) != 0 {
		t.Errorf("rules left: %v", rules)
	}
}

func TestAFaultThatCannotHappenNowIsNotUsedUp(t *testing.T) {
	f := provider.NewFaults(declared, 1)
	f.Inject(provider.Rule{Fault: provider.AmountHuge, Times: 1})
	never := func(provider.Rule) bool { return false }
	if got := f.Draw("payments", never, provider.AmountHuge); got.Fault != "" {
		t.Errorf("got %q, want nothing", got.Fault)
	}
	if !f.Armed(provider.ChangeID, provider.AmountHuge) || f.Armed(provider.ChangeID) {
		t.Error("Armed is wrong about what is switched on")
	}
	if !f.Happens(provider.AmountHuge, "payments") || f.Happens(provider.AmountHuge, "payments") {
		t.Error("the fault was not injected once")
	}
}

func TestAQueryLagsForAWhileAfterAChange(t *testing.T) {
	changed := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for delay, lag := range map[time.Duration]time.Duration{0: 20 * time.Second, time.Second: time.Second} {
		f := provider.NewFaults(declared, 1)
		if f.Lags("payments", changed, changed) {
			t.Error("it lags without a rule")
		}
		f.Inject(provider.Rule{Fault: provider.LagQuery, Delay: delay})
		if !f.Lags("payments", changed, changed.Add(lag-1)) || f.Lags("payments", changed, changed.Add(lag)) {
			t.Errorf("a delay of %v: it does not lag for %v", delay, lag)
		}
	}
}

func TestChanceIsTheSameForASeedAndAfterClear(t *testing.T) {
	draw := func(f *provider.Faults) (all string) {
		f.Inject(provider.Rule{Fault: provider.CutAfter, Rate: 0.5})
		for range 40 {
			all += fmt.Sprint(f.Call("pay").Fault, f.Pick("a", "b"))
		}
		f.Clear()
		return all
	}
	f := provider.NewFaults(declared, 1)
	first := draw(f)
	if first != draw(f) || first != draw(provider.NewFaults(declared, 1)) {
		t.Error("one seed draws different faults")
	}
	if first == draw(provider.NewFaults(declared, 2)) {
		t.Error("two seeds agree in forty throws")
	}
}

func TestRulesAreReadInBothSpellings(t *testing.T) {
	want := provider.Rule{Fault: provider.CutAfter, Endpoint: "pay", Times: 2, Skip: 1, Rate: 0.5, Code: "C", Delay: 3 * time.Second}
	for _, text := range []string{
		`{"fault":"cut_after","endpoint":"pay","times":2,"skip":1,"rate":0.5,"code":"C","delay":"3s"}`,
		`{"fault":"cut_after","path":"pay","next":2,"skip":1,"rate":0.5,"code":"C","delay":"3s"}`,
	} {
		var got provider.Rule
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	written, err := json.Marshal(want)
	if err != nil || string(written) != `{"fault":"cut_after","endpoint":"pay","times":2,"skip":1,"rate":0.5,"code":"C","delay":"3s"}` {
		t.Errorf("got %s, %v", written, err)
	}
	if written, _ := json.Marshal(provider.Rule{Fault: provider.CutAfter}); string(written) != `{"fault":"cut_after"}` {
		t.Errorf("zero members are written: %s", written)
	}
	for _, bad := range []string{`{"delay":"soon"}`, `{"times":"2"}`, `[]`} {
		if err := json.Unmarshal([]byte(bad), new(provider.Rule)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestTheRulesInForceAreBounded(t *testing.T) {
	f := provider.NewFaults(declared, 1)
	const bound = 100
	for range bound {
		if err := f.Add(provider.Rule{Fault: provider.SlowAnswer}); err != nil {
			t.Fatalf("got %v, want nil", err)
		}
	}
	if err := f.Add(provider.Rule{Fault: provider.SlowAnswer}); !errors.Is(err, provider.ErrRule) || len(f.Rules()) != bound {
		t.Errorf("one too many: got %v and %d rules, want ErrRule", err, len(f.Rules()))
	}
	f.Clear()
	if err := f.Add(provider.Rule{Fault: provider.SlowAnswer}); err != nil {
		t.Errorf("after Clear: got %v, want nil", err)
	}
}
