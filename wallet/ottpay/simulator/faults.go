package simulator

import (
	"slices"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// Rule injects a fault; see package provider.
type (
	Rule  = provider.Rule
	Fault = provider.Fault
)

// Notify is the endpoint of callbacks.
const Notify = provider.Notify

// The faults of this provider beside those of all simulators.
const (
	LowerMD5      Fault = "lower_md5"
	PlainLayout   Fault = "plain_layout"
	WrappedBody   Fault = "wrapped_body"
	FormBody      Fault = "form_body"
	Spliced       Fault = "spliced"
	ForgedCode    Fault = "forged_code"
	SmallerAmount Fault = "smaller_amount"
	FewerMembers  Fault = "fewer_members"
	TokenRefused  Fault = "token_refused"
)

// The endpoints: the Web API's by their actions, REST's by their paths.
var (
	webEndpoints  = []string{prepayInit, prepayQuery, statusQuery, refundAction, activePay, h5Pay, miniPay, cardPurchase, cardPreauth, cardQuery}
	restEndpoints = []string{
		pathToken, pathWeixinQR, pathWeixinPublic, pathWeixinH5, pathAlipayWAP, pathAlipayWeb, pathAlipayApp,
		pathRefund, pathCardRefund, pathReverse, pathStatus, pathByReference,
	}
)

// Faults are those of a call, of a callback and of what both report.
func declared() provider.Declared {
	reported := append([]string{Notify, prepayQuery, statusQuery, cardQuery}, pathStatus, pathByReference)
	return provider.Declared{
		Endpoints: append(slices.Clone(webEndpoints), restEndpoints...),
		Calls: provider.CallFaults(provider.UnsignedAnswer, provider.ForgedAnswer, provider.UnknownOutcome, provider.Refused,
			LowerMD5, PlainLayout, WrappedBody, Spliced, FewerMembers, TokenRefused),
		News: provider.NewsFaults(provider.ForgeNotification, provider.UnsignedNotification,
			LowerMD5, PlainLayout, WrappedBody, FormBody, Spliced, ForgedCode, FewerMembers),
		InjectionPoints: map[Fault][]string{
			provider.WrongAmount: reported, SmallerAmount: reported, provider.AmountMissing: reported, provider.AmountHuge: reported,
			provider.UnknownStatus: reported[1:], provider.LagQuery: reported[1:], provider.RefuseRepeat: {refundAction, prepayInit},
		},
	}
}

// Inject adds rules; Clear removes all; Rules returns those in force.
func (p *Provider) Inject(rules ...Rule) { p.faults.Inject(rules...) }

// Clear removes all rules.
func (p *Provider) Clear() { p.faults.Clear() }

// Rules returns the rules in force.
func (p *Provider) Rules() []Rule { return p.faults.Rules() }

// amount returns an amount as it is reported at an endpoint.
func (p *Provider) amount(endpoint string, cents int64) value {
	switch {
	case p.faults.Happens(provider.AmountMissing, endpoint):
		return value{}
	case p.faults.Happens(provider.AmountHuge, endpoint):
		return text("99999999999999999999")
	case p.faults.Happens(provider.WrongAmount, endpoint):
		return number(cents + 1)
	case p.faults.Happens(SmallerAmount, endpoint):
		return number(cents - 1)
	}
	return number(cents)
}
