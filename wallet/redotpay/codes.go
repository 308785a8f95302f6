package redotpay

import (
	"slices"
	"strings"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/internal/wire"
)

// success is the one code that is documented.
const success = "SUCCESS"

// declined is what a code means that is not configured, in answer to a call that opens a
// payment: the payer was given no link, so nothing was paid and nothing will be.
var declined = wire.Meaning{Kind: fault.Declined, Detail: "The wallet refused the request."}

// trouble are words of codes that tell of the provider's own trouble, or of something that
// is there already, rather than of a mistake in the request.
var trouble = []string{
	"SYSTEM", "INTERNAL", "SERVER", "TIMEOUT", "TIME_OUT", "BUSY", "UNAVAILABLE", "MAINTENANCE", "RETRY", "LIMIT", "FREQUENT",
	"PROCESS", "PENDING", "UNKNOWN", "EXCEPTION", "EXIST", "DUPLICATE", "REPEAT", "ALREADY", "LATER", "NETWORK", "ABNORMAL",
}

// vague are whole codes that name no mistake at all.
var vague = []string{"FAIL", "FAILED", "FAILURE", "ERROR"}

// opening is what a code that is not configured means to create and payment-method.
func opening(code string) wire.Meaning {
	code = strings.ToUpper(code)
	inside := func(word string) bool { return strings.Contains(code, word) }
	if slices.ContainsFunc(trouble, inside) || slices.Contains(vague, code) || len(code) == 3 && code[0] == '5' { // as in HTTP
		return wire.Unclear
	}
	return declined
}

// unclear is what a code that is not configured means to every other call.
func unclear(string) wire.Meaning { return wire.Unclear }

// refusal is what an answer with another code than SUCCESS means. The provider's text and
// its name for the request are for the log.
func (w *Wallet) refusal(op string, env *envelope, otherwise func(code string) wire.Meaning) error {
	meaning, known := w.codes[env.Code]
	if !known {
		meaning = otherwise(env.Code)
	}
	f := meaning.Fault(op, env.Code)
	f.Err = env.cause()
	return f
}
