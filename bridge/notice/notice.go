package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Kind is what a notice is about.
type Kind string

// The kinds.
const (
	EndpointDisabled Kind = "endpoint_disabled" // a webhook endpoint is not called any more
	Attention        Kind = "attention"         // orders or agreements have a reason for attention
	BooksDiffer      Kind = "books_differ"      // the same, where our sums and a wallet's differ
	ApprovalWaiting  Kind = "approval_waiting"  // refunds wait for a second operator
	BreakerOpen      Kind = "breaker_open"      // a wallet does not answer: calls fail at once
	Test             Kind = "test"              // of minitill notices test
)

// State says whether a condition has begun or ended.
type State string

// The states.
const (
	Open     State = "open"
	Resolved State = "resolved"
)

// Condition is something that needs a person. Those of one kind, app and subject are one.
type Condition struct {
	Kind    Kind
	App     string
	Subject string   // a reason, an endpoint or a wallet
	Items   []string // the newest orders, refunds or agreements that it is about, at most MaxItems
	Count   int      // how many there are
	// Since is when it began; zero for when it was seen first.
	Since time.Time
	Page  string // of the console, below its address: "attention?app=shop"
}

// MaxItems is how many of them a notice names.
const MaxItems = 10

func (c *Condition) key() string {
	return strings.Join([]string{string(c.Kind), c.App, c.Subject}, "\x00")
}

// digest changes when other orders or refunds than before are part of the condition.
func (c *Condition) digest() string {
	sum := sha256.Sum256([]byte(strconv.Itoa(c.Count) + "\x00" + strings.Join(c.Items, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// Notice is the body of a message. It has no personal data and no amounts.
type Notice struct {
	ID      string    `json:"id"`
	Kind    Kind      `json:"kind"`
	State   State     `json:"state"`
	App     string    `json:"app"`
	Subject string    `json:"subject"`
	Items   []string  `json:"items"`
	Count   int       `json:"count"`
	Since   time.Time `json:"since"`
	At      time.Time `json:"at"`
	URL     string    `json:"url"`
}

// JSON returns the body.
func (n *Notice) JSON() []byte {
	if n.Items == nil {
		n.Items = []string{}
	}
	body, err := json.Marshal(n)
	if err != nil {
		panic("notice: a notice that cannot be written as JSON: " + err.Error())
	}
	return body
}
