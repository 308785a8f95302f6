package miniprogram

import (
	"errors"
	"time"

	"github.com/minitill/minitill/fault"
)

// refusal says what one of the family's codes means.
type refusal struct {
	kind   fault.Kind
	detail string
}

var (
	ourSide  = "The wallet does not accept how it is called; its settings are wrong."
	badToken = "The payer's permission is no longer valid."
	badCode  = "The code is unknown, too old or was used before."
	notYet   = "The wallet does not know the outcome yet."
)

// refusals is the one table from codes to faults, for answers that say F. The family
// documents F as the final failure of the call, whatever the code: so what is not here is
// Declined too. Those that are Unavailable were not executed and say nothing about the
// payment: the settings or the moment are wrong. Those that are Conflict may say that the
// request was executed before, and those that are Unknown contradict their letter.
var refusals = map[string]refusal{
	"REQUEST_TRAFFIC_EXCEED_LIMIT": {fault.Unavailable, "The wallet is busy."},

	"INVALID_SIGNATURE":                  {fault.Unavailable, "The wallet did not accept our signature."},
	"KEY_NOT_FOUND":                      {fault.Unavailable, "The wallet does not know our key."},
	"TIMESTAMP_INVALID":                  {fault.Unavailable, "Our clock and the wallet's differ too much."},
	"INVALID_CLIENT":                     {fault.Unavailable, ourSide},
	"CLIENT_INVALID":                     {fault.Unavailable, ourSide},
	"INVALID_CLIENT_STATUS":              {fault.Unavailable, ourSide},
	"INVALID_AUTH_CLIENT":                {fault.Unavailable, ourSide},
	"INVALID_AUTH_CLIENT_STATUS":         {fault.Unavailable, ourSide},
	"AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE": {fault.Unavailable, ourSide},
	"ACCESS_DENIED":                      {fault.Unavailable, ourSide},
	"INVALID_API":                        {fault.Unavailable, ourSide},
	"NO_INTERFACE_DEF":                   {fault.Unavailable, ourSide},
	"METHOD_NOT_SUPPORTED":               {fault.Unavailable, ourSide},
	"FUNCTION_NOT_MATCH":                 {fault.Unavailable, ourSide},
	"EXPIRED_AGENT_TOKEN":                {fault.Unavailable, ourSide},
	"INVALID_AGENT_TOKEN":                {fault.Unavailable, ourSide},
	"PARTNER_NOT_EXIST":                  {fault.Unavailable, ourSide},

	"PARAM_ILLEGAL":        {fault.Invalid, "The wallet found the request invalid."},
	"MSG_PARSE_ERROR":      {fault.Invalid, "The wallet found the request invalid."},
	"REFUND_AMOUNT_EXCEED": {fault.Invalid, "The amount is more than is left."},

	"ORDER_NOT_EXIST":         {fault.NotFound, "The wallet knows no such payment or refund."},
	"REFUND_NOT_EXIST":        {fault.NotFound, "The wallet knows no such refund."},
	"REPEAT_REQ_INCONSISTENT": {fault.Conflict, "The wallet has seen this request with other content."},
	"ORDER_STATUS_INVALID":    {fault.Conflict, "The payment's state does not allow this."},
	"AUTH_CODE_ALREADY_USED":  {fault.Conflict, badCode},

	"UNKNOWN_EXCEPTION":  {fault.Unknown, notYet},
	"SYSTEM_ERROR":       {fault.Unknown, notYet},
	"PAYMENT_IN_PROCESS": {fault.Unknown, notYet},
	"REFUND_IN_PROCESS":  {fault.Unknown, notYet},

	"PROCESS_FAIL":                  {fault.Declined, "The wallet refused the request."},
	"RISK_REJECT":                   {fault.Declined, "The wallet refused the request."},
	"CURRENCY_NOT_SUPPORT":          {fault.Declined, "The wallet does not support this currency."},
	"PAYMENT_AMOUNT_EXCEED_LIMIT":   {fault.Declined, "The amount is above the wallet's limit."},
	"USER_AMOUNT_EXCEED_LIMIT":      {fault.Declined, "The amount is above the payer's limit."},
	"USER_NOT_EXIST":                {fault.Declined, "The wallet does not know the payer."},
	"USER_STATUS_ABNORMAL":          {fault.Declined, "The payer's account is not usable."},
	"USER_BALANCE_NOT_ENOUGH":       {fault.Declined, "The payer's balance is not enough."},
	"INSUFFICIENT_BALANCE":          {fault.Declined, "The payer's balance is not enough."},
	"PARTNER_STATUS_ABNORMAL":       {fault.Declined, "The merchant's account is not usable."},
	"PARTNER_BALANCE_NOT_ENOUGH":    {fault.Declined, "The merchant's balance is not enough."},
	"MERCHANT_BALANCE_NOT_ENOUGH":   {fault.Declined, "The merchant's balance is not enough."},
	"CANCEL_WINDOW_EXCEED":          {fault.Declined, "It is too late to cancel the payment."},
	"REFUND_WINDOW_EXCEED":          {fault.Declined, "It is too late to refund the payment."},
	"REFUND_NOT_ALLOWED":            {fault.Declined, "This payment cannot be refunded."},
	"INVALID_CODE":                  {fault.Unauthenticated, badCode},
	"USED_CODE":                     {fault.Unauthenticated, badCode},
	"EXPIRED_CODE":                  {fault.Unauthenticated, badCode},
	"REFERENCE_CLIENT_ID_NOT_MATCH": {fault.Unauthenticated, badCode},
	"INVALID_ACCESS_TOKEN":          {fault.Unauthenticated, badToken},
	"EXPIRED_ACCESS_TOKEN":          {fault.Unauthenticated, badToken},
	"INVALID_REFRESH_TOKEN":         {fault.Unauthenticated, badToken},
	"EXPIRED_REFRESH_TOKEN":         {fault.Unauthenticated, badToken},
	"USED_REFRESH_TOKEN":            {fault.Unauthenticated, badToken},
}

// limitPause is how long a wallet is left alone that has too much to do. It does not
// say how long itself.
const limitPause = time.Second

// fault is what a result other than S and A means. The letter decides before the code:
// U is unknown whatever the code, since traffic limits come as either.
func (r resultJSON) fault(op string) error {
	known, found := refusals[r.Code]
	switch {
	case r.status() == unclear:
		known = refusal{fault.Unknown, notYet}
	case r.status() != failed:
		known = refusal{fault.Unknown, "The wallet answered in a way we do not know."}
	case !found:
		known = refusal{fault.Declined, "The wallet refused the request."}
	}
	out := &fault.Error{Kind: known.kind, Op: op, Code: clip(r.Code), Detail: known.detail}
	if r.Code == "REQUEST_TRAFFIC_EXCEED_LIMIT" {
		out.RetryAfter = limitPause
	}
	return out
}

// turned is err with another kind where its kind is one of those: the same code means
// different things to different calls.
func turned(err error, to fault.Kind, from ...fault.Kind) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	for _, kind := range from {
		if f.Kind == kind {
			other := *f
			other.Kind = to
			return &other
		}
	}
	return err
}

// refusedMoney is for calls that move money: a wallet that says F has refused this call
// for sure, whatever it says about tokens and orders.
func refusedMoney(err error) error {
	return turned(err, fault.Declined, fault.NotFound, fault.Unauthenticated)
}

// refusedQuestion is for queries, where a refusal says nothing about what was asked
// about, unless it is that the wallet knows no such thing.
func refusedQuestion(err error) error {
	return turned(err, fault.Unknown, fault.Declined, fault.Invalid, fault.Conflict, fault.Unauthenticated)
}
