package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrRule says that a rule can never apply.
var ErrRule = errors.New("simulator: not a fault rule")

// maxDelay bounds the Delay of a rule.
const maxDelay = time.Hour

// Rule injects a fault: for the next Times, at a Rate, or until Clear. A rule is counted and
// applied only where its fault can happen: one for the next repeat of a request waits for a
// repeat.
type Rule struct {
	Fault Fault
	// Endpoint restricts the rule to one call and the calls below it ("/v1/refunds" includes
	// "/v1/refunds/query"), or to notifications (Notify). An empty one restricts nothing,
	// except that a fault of both calls and notifications then means calls.
	Endpoint string
	Times    int           // 0: until Clear
	Skip     int           // so many are left out first
	Rate     float64       // 0 to 1, drawn from the seed; 0: each time
	Code     string        // the wallet's code to answer, for faults that have a choice
	Delay    time.Duration // 0: the default of the fault; at most one hour
}

// names reports whether the rule's endpoint is this one or includes it.
func (r Rule) names(endpoint string) bool {
	above := strings.TrimSuffix(r.Endpoint, "/")
	return endpoint == above || strings.HasPrefix(endpoint, above+"/")
}

// ruleJSON is a rule on the wire. Path and Next are read in place of Endpoint and Times.
type ruleJSON struct {
	Fault    Fault   `json:"fault"`
	Endpoint string  `json:"endpoint,omitzero"`
	Times    int     `json:"times,omitzero"`
	Skip     int     `json:"skip,omitzero"`
	Rate     float64 `json:"rate,omitzero"`
	Code     string  `json:"code,omitzero"`
	Delay    string  `json:"delay,omitzero"` // "2s"
	Path     string  `json:"path,omitzero"`
	Next     int     `json:"next,omitzero"`
}

// MarshalJSON writes the delay as "2s".
func (r Rule) MarshalJSON() ([]byte, error) {
	out := ruleJSON{Fault: r.Fault, Endpoint: r.Endpoint, Times: r.Times, Skip: r.Skip, Rate: r.Rate, Code: r.Code}
	if r.Delay != 0 {
		out.Delay = r.Delay.String()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads a rule; "path" and "next" are other names of "endpoint" and "times".
func (r *Rule) UnmarshalJSON(text []byte) error {
	var in ruleJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*r = Rule{Fault: in.Fault, Endpoint: in.Endpoint, Times: in.Times, Skip: in.Skip, Rate: in.Rate, Code: in.Code}
	if in.Path != "" {
		r.Endpoint = in.Path
	}
	if in.Next != 0 {
		r.Times = in.Next
	}
	if in.Delay == "" {
		return nil
	}
	var err error
	r.Delay, err = time.ParseDuration(in.Delay)
	return err
}

// Declared lists which faults a simulator has, and where.
type Declared struct {
	Endpoints []string // the calls, by the names that rules use for them

	// Calls are faults of a call and News faults of one attempt to notify: the first rule that
	// applies decides about the call or the attempt. A fault may be in both.
	Calls, News []Fault

	// InjectionPoints are further faults, each with the endpoints at which it can happen. One without
	// endpoints belongs to no call in particular, and its rules name none.
	InjectionPoints map[Fault][]string
}

// check reports whether the rule can ever apply.
func (d Declared) check(r Rule) error {
	points, found := d.InjectionPoints[r.Fault]
	ofCall, ofNews := slices.Contains(d.Calls, r.Fault), slices.Contains(d.News, r.Fault)
	switch {
	case r.Times < 0 || r.Skip < 0 || r.Delay < 0 || r.Delay > maxDelay || r.Rate < 0 || r.Rate > 1:
		return fmt.Errorf("%w: times, skip, rate or delay is out of range", ErrRule)
	case !found && !ofCall && !ofNews:
		return fmt.Errorf("%w: there is no fault %q", ErrRule, r.Fault)
	case r.Endpoint == "",
		found && slices.ContainsFunc(points, r.names),
		ofNews && r.Endpoint == Notify,
		ofCall && slices.ContainsFunc(d.Endpoints, r.names):
		return nil
	}
	return fmt.Errorf("%w: %q cannot happen at %q", ErrRule, r.Fault, r.Endpoint)
}

// applies reports whether the rule is about an endpoint at which its fault can happen.
func (d Declared) applies(r Rule, endpoint string) bool {
	if r.Endpoint != "" {
		return r.names(endpoint)
	}
	if _, found := d.InjectionPoints[r.Fault]; found {
		return true
	}
	return slices.Contains(d.Calls, r.Fault) == (endpoint != Notify)
}
