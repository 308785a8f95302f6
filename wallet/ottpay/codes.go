package ottpay

import (
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

const (
	ourSide  = "The wallet refuses our calls; its settings are wrong."
	notValid = "The wallet found the request invalid."
	refused  = "The wallet refused the request."
	notYet   = "The wallet does not know the outcome yet."
	sentTwo  = "The wallet has seen this request before."
)

// webCodes are the codes of the Web API: the first rows of its Appendix B, of which no more is
// published. A checkout that was refused has no link, so that no payer can pay it.
var webCodes = wire.Codes{
	"PROCESSING":        {Kind: fault.Unknown, Detail: notYet},
	"TIMEOUT":           {Kind: fault.Unknown, Detail: notYet},
	"SYSTEM_ERROR":      {Kind: fault.Unknown, Detail: notYet},
	"DB_ERROR":          {Kind: fault.Unknown, Detail: notYet},
	"PWD_INCORRECT":     {Kind: fault.Unavailable, Detail: ourSide},
	"FAIL":              {Kind: fault.Declined, Detail: refused},
	"PARAM_INVALID":     {Kind: fault.Invalid, Detail: notValid},
	"PARAM_ERROR":       {Kind: fault.Invalid, Detail: notValid},
	"ORDER_PAID":        {Kind: fault.Conflict, Detail: "The payment is paid already."},
	"ORDER_USED":        {Kind: fault.Conflict, Detail: sentTwo},
	"ORDER_TYPE_ERROR":  {Kind: fault.Conflict, Detail: "The payment is of another type."},
	"AUTH_CODE_INVALID": {Kind: fault.Declined, Detail: refused},
}

// unlisted is the meaning of a code of the Web API that is not in the table. The published
// table is truncated, and treats codes that it does not list as refusals.
var unlisted = wire.Meaning{Kind: fault.Declined, Detail: refused}

// upperCode returns a code of the Web API as the table has it: their case does not count.
func upperCode(code string) string { return strings.ToUpper(strings.TrimSpace(code)) }

func webFault(op, code string) error {
	if _, known := webCodes[code]; !known {
		return unlisted.Fault(op, code)
	}
	return webCodes.Fault(op, code)
}

// restCodes are the codes of REST. A code that is not in it is Unknown.
var restCodes = wire.Codes{
	"10001":         {Kind: fault.Unknown, Detail: notYet},
	"10200":         {Kind: fault.Unknown, Detail: notYet},
	"20004":         {Kind: fault.Unknown, Detail: notYet},
	"20034":         {Kind: fault.Unknown, Detail: notYet},
	"50002":         {Kind: fault.Unknown, Detail: notYet},
	"50003":         {Kind: fault.Unknown, Detail: notYet},
	"10002":         {Kind: fault.Unavailable, Detail: ourSide},
	"10003":         {Kind: fault.Unavailable, Detail: ourSide},
	"20005":         {Kind: fault.Unavailable, Detail: ourSide},
	"90000":         {Kind: fault.Unavailable, Detail: "The wallet does not accept our token."},
	"10005":         {Kind: fault.Invalid, Detail: notValid},
	"10006":         {Kind: fault.Invalid, Detail: notValid},
	"20003":         {Kind: fault.Conflict, Detail: "The payment is not authorized."},
	"20009":         {Kind: fault.Conflict, Detail: "The payment is closed."},
	codeAboveRest:   {Kind: fault.Conflict, Detail: "The amount is more than is left."},
	"20020":         {Kind: fault.Conflict, Detail: "The payment is captured."},
	codeNothingLeft: {Kind: fault.Conflict, Detail: "Nothing is left to refund."},
	"20007":         {Kind: fault.Declined, Detail: "The balance is not enough."},
	"20008":         {Kind: fault.Declined, Detail: "The wallet has no channel for this."},
	"20021":         {Kind: fault.Declined, Detail: "The wallet cannot reverse this payment."},
	"20030":         {Kind: fault.Declined, Detail: "The payment failed."},
	"20031":         {Kind: fault.Declined, Detail: "The wallet has no channel for this."},
	"50001":         {Kind: fault.Declined, Detail: "The payment failed."},
	codeNoPayment:   {Kind: fault.NotFound, Detail: "The wallet knows no such payment."},
}

const (
	codeNoPayment   = "20019"
	codeAboveRest   = "20014"
	codeNothingLeft = "20041"
	codeBadToken    = "90000"
)
