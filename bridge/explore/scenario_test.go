package explore_test

import (
	"slices"
	"time"
)

// scenario is a small world and what happens in it.
type scenario struct {
	name        string
	hold        bool
	alpha, beta kit
	deaths      bool          // processes die at commits, and the store fails
	approvals   bool          // a refund of more than 2.50 needs a second operator
	skew        time.Duration // of node 2's clock
	before      []action      // what has happened, without faults
	script      []action      // what happens then, in this order
	also        []action      // what may happen at any time, each once
	core        bool          // it is walked further than others
}

// effort is how much time a test run has for walks.
type effort string

const (
	fully   effort = "full"
	hurried effort = "short"
	racing  effort = "race" // with the race detector
)

// walks are how far a scenario is walked: with few faults far, and with any number of
// faults as far as that goes.
func (s *scenario) walks(e effort) []bounds {
	switch {
	case e == racing:
		return []bounds{{4, 2}}
	case e == hurried:
		return []bounds{{6, 2}}
	case s.core:
		return []bounds{{9, 3}, {4, 4}}
	}
	return []bounds{{10, 2}, {4, 4}}
}

var (
	paying    = []action{creates, payerPays("alpha"), timePasses}
	paid      = paying[:2]
	refunding = []action{refundsPart, timePasses, refundsPart, timePasses, refundsRest, timePasses}
	other     = []action{paysBeta, payerPays("beta"), timePasses, paysBeta}
	twice     = []action{refundsPart, refundsRest, timePasses}
)

// scenarios are walked in this order.
var scenarios = []*scenario{
	{
		name: "a payment", core: true, script: slices.Concat(paying, []action{paysAlpha}),
		also: []action{creates, cancels, paysAlpha, timePasses, timeIsUp},
	},
	{
		name: "a payment that is asked for again", core: true, script: []action{creates, creates, paysAlpha, payerPays("alpha"), payerPays("alpha")},
		also: []action{timePasses},
	},
	{
		name: "a payment that the payer declines", script: []action{creates, payerDeclines, paysAlpha, payerPays("alpha")},
		also: []action{cancels, paysAlpha, timePasses},
	},
	{
		name: "a payment at a wallet that cannot be queried", alpha: noQuery, script: paying,
		also: []action{creates, cancels, paysAlpha, timePasses, timeIsUp},
	},
	{
		name: "a payment at a wallet that notifies by its own ids", alpha: noQuery | byID, script: paying,
		also: []action{creates, timePasses},
	},
	{
		name: "a payment at a wallet that does not notify", alpha: noNotify, script: slices.Concat(paying, []action{paysAlpha}),
		also: []action{creates, cancels, paysAlpha, timePasses, timeIsUp},
	},
	{
		name: "a payment at a wallet that cannot cancel", alpha: noCancel, script: slices.Concat(paying, []action{paysAlpha}),
		also: []action{creates, cancels, paysAlpha, timePasses, timeIsUp},
	},
	{
		name: "a payment at a wallet that refuses to cancel", alpha: clings, script: []action{creates, timePasses},
		also: []action{payerPays("alpha"), cancels, paysBeta, timePasses, timeIsUp},
	},
	{
		name: "a payment at a wallet whose status nobody understands", alpha: mumbles, script: []action{creates, timePasses},
		also: []action{payerPays("alpha"), cancels, paysBeta, timeIsUp},
	},
	{
		name: "a payment that gets several ids", alpha: renames, script: []action{creates, creates, payerPays("alpha"), timePasses},
		also: []action{creates, cancels, timePasses},
	},
	{
		name: "a payment whose news must be confirmed", alpha: confirms, script: paying,
		also: []action{creates, cancels, timePasses, timeIsUp},
	},
	{
		name: "a payment at a wallet that names no amount", alpha: noAmount, script: paying,
		also: []action{cancels, timePasses},
	},
	{
		name: "a payment at a wallet that goes away", script: paying,
		also: []action{alphaIsGone, timePasses, cancels},
	},
	{
		name: "a payment and processes that die", core: true, deaths: true, script: paying,
		also: []action{creates, cancels, timePasses},
	},
	{
		name: "a cancel", core: true, before: paying[:1], script: []action{cancels, timePasses, cancels, paysAlpha},
		also: []action{payerPays("alpha"), timePasses, timeIsUp, paysBeta},
	},
	{
		name: "an expiry", core: true, before: paying[:1], script: []action{timeIsUp, paysAlpha},
		also: []action{payerPays("alpha"), timePasses, cancels, queriesAll},
	},
	{
		name: "an expiry on nodes whose clocks differ", core: true, skew: 4 * time.Minute, before: paying[:1], script: []action{timePasses, timePasses, paysAlpha},
		also: []action{payerPays("alpha"), timePasses, cancels, timeIsUp},
	},
	{
		name: "another wallet", core: true, before: paying[:1], script: other,
		also: []action{payerPays("alpha"), cancels, timePasses, paysAlpha},
	},
	{
		name: "another wallet after one that cannot cancel", alpha: noCancel, before: paying[:1], script: other,
		also: []action{payerPays("alpha"), cancels, timePasses, paysAlpha, timeIsUp},
	},
	{
		name: "refunds", core: true, before: paid, script: refunding,
		also: []action{refundsPart, refundsRest, timePasses},
	},
	{
		name: "refunds that cannot be queried", alpha: noRefundQuery, before: paid, script: refunding,
		also: []action{refundsPart, refundsRest, timePasses},
	},
	{
		name: "refunds that are notified", core: true, alpha: tellsRefunds, before: paid, script: refunding,
		also: []action{refundsPart, timePasses},
	},
	{
		name: "refunds that are notified by the wallet's ids", alpha: tellsRefunds | byID, before: paid, script: refunding,
		also: []action{refundsPart, timePasses},
	},
	{
		name: "refunds at a wallet that goes away", before: paid, script: refunding,
		also: []action{alphaIsGone, refundsPart, timePasses},
	},
	{
		name: "refunds and processes that die", core: true, deaths: true, before: paid, script: refunding,
		also: []action{refundsPart},
	},
	{
		name: "refunds that are notified, and processes that die", alpha: tellsRefunds, deaths: true, before: paid, script: twice,
	},
	{
		name: "a refund that a second operator approves, and processes that die", approvals: true, deaths: true, before: paid,
		script: []action{refundsPart, approves, timePasses}, also: []action{approves, rejects, timePasses},
	},
	{
		name: "a refund that waits until its approval expires", approvals: true, alpha: tellsRefunds, before: paid,
		script: []action{refundsPart, timePasses, refundsRest}, also: []action{approves, timePasses},
	},
	{
		name: "refunds of two payments", alpha: tellsRefunds, beta: tellsRefunds, before: []action{creates, payerDeclines, paysBeta, payerPays("beta"), paysClosed},
		script: []action{refundsPart, refundsAll, timePasses, refundsRest}, also: []action{refundsPart, timePasses},
	},
	{
		name: "a payment that comes late", before: paying[:1], script: []action{cancels, paysClosed, timePasses},
		also: []action{timePasses, daysPass, paysBeta, payerPays("beta")},
	},
	{
		name: "held money", core: true, hold: true, before: paid, script: []action{capturesPart, timePasses, capturesPart, refundsPart},
		also: []action{voids, cancels, timePasses, capturesAll},
	},
	{
		name: "held money that is let go", hold: true, before: paid, script: []action{voids, timePasses, voids},
		also: []action{capturesPart, cancels, timePasses},
	},
	{
		name: "held money at a wallet that names no captured sum", hold: true, alpha: noSum, before: paid, script: []action{capturesPart, timePasses, capturesPart},
		also: []action{voids, timePasses},
	},
	{
		name: "held money at a wallet that names what it captured as the amount", hold: true, alpha: sumAsAmount, before: paid, script: []action{capturesPart, timePasses, capturesPart},
		also: []action{voids, timePasses},
	},
	{
		name: "money that comes to be held", hold: true, alpha: confirms, script: slices.Concat(paying, []action{capturesPart}),
		also: []action{cancels, timePasses, timeIsUp},
	},
	{
		name: "money that comes to be held late", hold: true, alpha: noCancel, before: paying[:1], script: []action{timeIsUp, payerPays("alpha")},
		also: []action{daysPass, cancels, timePasses},
	},
	{
		name: "held money and processes that die", hold: true, deaths: true, before: paid, script: []action{capturesPart, timePasses, capturesPart},
		also: []action{voids, timePasses},
	},
	{
		name: "refunds of an order whose events are archived", alpha: tellsRefunds, before: paid,
		script: []action{archives, refundsPart, timePasses, compacts, archives, refundsRest, timePasses, compacts}, also: []action{refundsPart, archives, compacts},
	},
	{
		name: "late money of an order whose events are archived", before: paying[:1], script: []action{cancels, archives, paysClosed, compacts, timePasses},
		also: []action{archives, compacts, cancels, payerPays("alpha"), daysPass},
	},
	{
		name: "an archive and processes that die", deaths: true, before: paid, script: []action{archives, refundsPart, compacts, archives, compacts},
		also: []action{compacts, refundsRest},
	},
	{
		name: "a refund that waits for approval, and an archive", approvals: true, before: paid,
		script: []action{archives, refundsPart, compacts, approves, archives, compacts}, also: []action{rejects, compacts, timePasses},
	},
	{
		name: "a payment at a wallet that is removed", script: []action{creates, paysBeta, cancels}, also: []action{alphaIsRemoved, paysAlpha, timePasses},
	},
	{
		name: "a refund at a wallet that is removed", before: paid, script: refunding, also: []action{alphaIsRemoved, timePasses},
	},
	{
		name: "held money at a wallet that is removed", hold: true, before: paid, script: []action{capturesPart, timePasses, capturesPart},
		also: []action{alphaIsRemoved, voids},
	},
}
