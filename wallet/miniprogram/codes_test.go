package miniprogram_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// kinds are what a code with the letter F means to pay, to calls that move money, to
// questions and to exchanges of codes.
var kinds = []struct {
	codes                     string
	kind                      fault.Kind
	money, question, exchange fault.Kind
}{
	{
		"REQUEST_TRAFFIC_EXCEED_LIMIT INVALID_SIGNATURE KEY_NOT_FOUND TIMESTAMP_INVALID INVALID_CLIENT CLIENT_INVALID " +
			"INVALID_CLIENT_STATUS INVALID_AUTH_CLIENT INVALID_AUTH_CLIENT_STATUS AUTH_CLIENT_UNSUPPORTED_GRANT_TYPE " +
			"ACCESS_DENIED INVALID_API NO_INTERFACE_DEF METHOD_NOT_SUPPORTED FUNCTION_NOT_MATCH EXPIRED_AGENT_TOKEN " +
			"INVALID_AGENT_TOKEN PARTNER_NOT_EXIST",
		fault.Unavailable, fault.Unavailable, fault.Unavailable, fault.Unavailable,
	},
	{
		"PARAM_ILLEGAL MSG_PARSE_ERROR REFUND_AMOUNT_EXCEED",
		fault.Invalid, fault.Invalid, fault.Unknown, fault.Unauthenticated,
	},
	{"ORDER_NOT_EXIST REFUND_NOT_EXIST", fault.NotFound, fault.Declined, fault.NotFound, fault.Unauthenticated},
	{"REPEAT_REQ_INCONSISTENT ORDER_STATUS_INVALID AUTH_CODE_ALREADY_USED", fault.Conflict, fault.Conflict, fault.Unknown, fault.Unauthenticated},
	{
		"UNKNOWN_EXCEPTION SYSTEM_ERROR PAYMENT_IN_PROCESS REFUND_IN_PROCESS",
		fault.Unknown, fault.Unknown, fault.Unknown, fault.Unavailable,
	},
	{
		"PROCESS_FAIL RISK_REJECT CURRENCY_NOT_SUPPORT PAYMENT_AMOUNT_EXCEED_LIMIT USER_AMOUNT_EXCEED_LIMIT USER_NOT_EXIST " +
			"USER_STATUS_ABNORMAL USER_BALANCE_NOT_ENOUGH INSUFFICIENT_BALANCE PARTNER_STATUS_ABNORMAL " +
			"PARTNER_BALANCE_NOT_ENOUGH MERCHANT_BALANCE_NOT_ENOUGH CANCEL_WINDOW_EXCEED " +
			"REFUND_WINDOW_EXCEED REFUND_NOT_ALLOWED NEVER_SEEN_BEFORE",
		fault.Declined, fault.Declined, fault.Unknown, fault.Unauthenticated,
	},
	{
		"INVALID_CODE USED_CODE EXPIRED_CODE REFERENCE_CLIENT_ID_NOT_MATCH INVALID_ACCESS_TOKEN " +
			"EXPIRED_ACCESS_TOKEN INVALID_REFRESH_TOKEN EXPIRED_REFRESH_TOKEN USED_REFRESH_TOKEN",
		fault.Unauthenticated, fault.Declined, fault.Unknown, fault.Unauthenticated,
	},
}

func TestCodesAndFaults(t *testing.T) {
	var seen []string
	for _, row := range kinds {
		for code := range strings.FieldsSeq(row.codes) {
			seen = append(seen, code)
			err := miniprogram.ResultFault("F", code)
			if err.Kind != row.kind || err.Code != code || err.Detail == "" {
				t.Errorf("F %s: got %+v, want %s", code, err, row.kind)
			}
			for call, got := range map[string][2]fault.Kind{
				"money":    {miniprogram.RefusedMoney(err), row.money},
				"question": {miniprogram.RefusedQuestion(err), row.question},
				"exchange": {miniprogram.RefusedCode(err), row.exchange},
			} {
				if got[0] != got[1] {
					t.Errorf("F %s to a %s: got %s, want %s", code, call, got[0], got[1])
				}
			}
			if got := miniprogram.ResultFault("U", code).Kind; got != fault.Unknown {
				t.Errorf("U %s: got %s, want unknown: U is never final", code, got)
			}
		}
	}
	for _, code := range miniprogram.Codes() {
		if !slices.Contains(seen, code) {
			t.Errorf("%s has a fault and no line in this table", code)
		}
	}
}

func TestLettersThatAreNotKnownAreUnknown(t *testing.T) {
	for _, letter := range []string{"", "X", "SUCCESS", "s", "f"} {
		if got := miniprogram.ResultFault(letter, "RISK_REJECT").Kind; got != fault.Unknown {
			t.Errorf("%q: got %s, want unknown", letter, got)
		}
	}
}

func TestATrafficLimitSaysWhenToComeBack(t *testing.T) {
	for _, letter := range []string{"F", "U"} {
		if got := miniprogram.ResultFault(letter, "REQUEST_TRAFFIC_EXCEED_LIMIT").RetryAfter; got != time.Second {
			t.Errorf("%s: got %v, want 1s", letter, got)
		}
	}
}

func TestUnknownOutcomeOfAnExchangeWantsANewCode(t *testing.T) {
	if got := miniprogram.RefusedCode(miniprogram.ResultFault("U", "UNKNOWN_EXCEPTION")); got != fault.Unavailable {
		t.Errorf("got %s, want unavailable", got)
	}
}
