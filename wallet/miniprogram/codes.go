package miniprogram

import (
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

var (
	ourSide  = "The wallet refuses our calls; its settings are wrong."
	badToken = "The payer's permission is no longer valid."
	badCode  = "The code is unknown, too old or was used before."
	notYet   = "The wallet does not know the outcome yet."
)

// refusals is the table from codes to faults, for answers with the letter F. The family
// documents F as the final failure of the call, whatever the code: so a code that is not in the
// table is Declined too. Those that are Unavailable were not executed and say nothing about the
// payment: the settings are wrong, or the wallet is busy. Those that are Conflict may say that
// the request was executed before, and those that are Unknown contradict their letter.
var refusals = wire.Codes{
	"REQUEST_TRAFFIC_EXCEED_LIMIT": {Kind: fault.Unavailable, Detail: "The wallet is busy."},

	"INVALID_SIGNATURE":                  {Kind: fault.Unavailable, Detail: "The wallet did not accept our signature."},
	"KEY_NOT_FOUND":                      {Kind: fault.Unavailable, Detail: "The wallet does not know our key."},
	"TIMESTAMP_INVALID":                  {Kind: fault.Unavailable, Detail: "Our clock and the wallet's differ too much."},
	"INVALID_CLIENT":                     {Kind: fault.Unavailable, Detail: ourSide},
	"CLIENT_INVALID":                     {Kind: fault.Unavailable, Detail: ourSide},
	"INVALID_CLIENT_STATUS":              {Kind: fault.Unavailable, Detail: ourSide},
	"INVALID_AUTH_CLIENT":                {Kind: fault.Unavailable, Detail: ourSide},
	"INVALID_AUTH_CLIENT_STATUS":         {Kind: fault.Unavailable, Detail: ourSide},
	"AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE": {Kind: fault.Unavailable, Detail: ourSide},
	"ACCESS_DENIED":                      {Kind: fault.Unavailable, Detail: ourSide},
	"INVALID_API":                        {Kind: fault.Unavailable, Detail: ourSide},
	"NO_INTERFACE_DEF":                   {Kind: fault.Unavailable, Detail: ourSide},
	"METHOD_NOT_SUPPORTED":               {Kind: fault.Unavailable, Detail: ourSide},
	"FUNCTION_NOT_MATCH":                 {Kind: fault.Unavailable, Detail: ourSide},
	"EXPIRED_AGENT_TOKEN":                {Kind: fault.Unavailable, Detail: ourSide},
	"INVALID_AGENT_TOKEN":                {Kind: fault.Unavailable, Detail: ourSide},
	"PARTNER_NOT_EXIST":                  {Kind: fault.Unavailable, Detail: ourSide},

	"PARAM_ILLEGAL":        {Kind: fault.Invalid, Detail: "The wallet found the request invalid."},
	"MSG_PARSE_ERROR":      {Kind: fault.Invalid, Detail: "The wallet found the request invalid."},
	"REFUND_AMOUNT_EXCEED": {Kind: fault.Invalid, Detail: "The amount is more than is left."},

	"ORDER_NOT_EXIST":         {Kind: fault.NotFound, Detail: "The wallet knows no such payment or refund."},
	"REFUND_NOT_EXIST":        {Kind: fault.NotFound, Detail: "The wallet knows no such refund."},
	"REPEAT_REQ_INCONSISTENT": {Kind: fault.Conflict, Detail: "The wallet has seen this request with other content."},
	"ORDER_STATUS_INVALID":    {Kind: fault.Conflict, Detail: "The payment's state does not allow this."},
	"AUTH_CODE_ALREADY_USED":  {Kind: fault.Conflict, Detail: badCode},

	"UNKNOWN_EXCEPTION":  {Kind: fault.Unknown, Detail: notYet},
	"SYSTEM_ERROR":       {Kind: fault.Unknown, Detail: notYet},
	"PAYMENT_IN_PROCESS": {Kind: fault.Unknown, Detail: notYet},
	"REFUND_IN_PROCESS":  {Kind: fault.Unknown, Detail: notYet},

	"PROCESS_FAIL":                  {Kind: fault.Declined, Detail: "The wallet refused the request."},
	"RISK_REJECT":                   {Kind: fault.Declined, Detail: "The wallet refused the request."},
	"CURRENCY_NOT_SUPPORT":          {Kind: fault.Declined, Detail: "The wallet does not support this currency."},
	"PAYMENT_AMOUNT_EXCEED_LIMIT":   {Kind: fault.Declined, Detail: "The amount is above the wallet's limit."},
	"USER_AMOUNT_EXCEED_LIMIT":      {Kind: fault.Declined, Detail: "The amount is above the payer's limit."},
	"USER_NOT_EXIST":                {Kind: fault.Declined, Detail: "The wallet does not know the payer."},
	"USER_STATUS_ABNORMAL":          {Kind: fault.Declined, Detail: "The payer's account is not usable."},
	"USER_BALANCE_NOT_ENOUGH":       {Kind: fault.Declined, Detail: "The payer's balance is not enough."},
	"INSUFFICIENT_BALANCE":          {Kind: fault.Declined, Detail: "The payer's balance is not enough."},
	"PARTNER_STATUS_ABNORMAL":       {Kind: fault.Declined, Detail: "The merchant's account is not usable."},
	"PARTNER_BALANCE_NOT_ENOUGH":    {Kind: fault.Declined, Detail: "The merchant's balance is not enough."},
	"MERCHANT_BALANCE_NOT_ENOUGH":   {Kind: fault.Declined, Detail: "The merchant's balance is not enough."},
	"CANCEL_WINDOW_EXCEED":          {Kind: fault.Declined, Detail: "It is too late to cancel the payment."},
	"REFUND_WINDOW_EXCEED":          {Kind: fault.Declined, Detail: "It is too late to refund the payment."},
	"REFUND_NOT_ALLOWED":            {Kind: fault.Declined, Detail: "This payment cannot be refunded."},
	"INVALID_CODE":                  {Kind: fault.Unauthenticated, Detail: badCode},
	"USED_CODE":                     {Kind: fault.Unauthenticated, Detail: badCode},
	"EXPIRED_CODE":                  {Kind: fault.Unauthenticated, Detail: badCode},
	"REFERENCE_CLIENT_ID_NOT_MATCH": {Kind: fault.Unauthenticated, Detail: badCode},
	"INVALID_ACCESS_TOKEN":          {Kind: fault.Unauthenticated, Detail: badToken},
	"EXPIRED_ACCESS_TOKEN":          {Kind: fault.Unauthenticated, Detail: badToken},
	"INVALID_REFRESH_TOKEN":         {Kind: fault.Unauthenticated, Detail: badToken},
	"EXPIRED_REFRESH_TOKEN":         {Kind: fault.Unauthenticated, Detail: badToken},
	"USED_REFRESH_TOKEN":            {Kind: fault.Unauthenticated, Detail: badToken},
}

// limitPause is the RetryAfter of a traffic limit. The wallet does not send one.
const limitPause = time.Second

// fault returns the meaning of a result other than S and A. The letter decides before the code:
// U is unknown whatever the code, since traffic limits come with both letters.
func (r resultJSON) fault(op string) error {
	known, found := refusals[r.Code]
	switch {
	case r.status() == unclear:
		known = wire.Meaning{Kind: fault.Unknown, Detail: notYet}
	case r.status() != failed:
		known = wire.UnlistedCode
	case !found:
		known = wire.Meaning{Kind: fault.Declined, Detail: "The wallet refused the request."}
	}
	out := known.Fault(op, r.Code)
	if r.Code == "REQUEST_TRAFFIC_EXCEED_LIMIT" {
		out.RetryAfter = limitPause
	}
	return out
}

// refusedMoney is for calls that move money: with F the wallet has refused this call with
// certainty, whatever the code says about tokens and orders.
func refusedMoney(err error) error {
	return wire.Reclassify(err, fault.Declined, fault.NotFound, fault.Unauthenticated)
}

// refusedQuestion is for queries, where a refusal says nothing about the payment, unless it is
// NotFound.
func refusedQuestion(err error) error {
	return wire.Reclassify(err, fault.Unknown, fault.Declined, fault.Invalid, fault.Conflict, fault.Unauthenticated)
}
