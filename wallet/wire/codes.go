package wire

import (
	"errors"
	"maps"
	"slices"

	"github.com/minitill/minitill/fault"
)

// Meaning is what one of a provider's codes proves about the call that it answers.
type Meaning struct {
	Kind   fault.Kind
	Detail string // one sentence that merchants and payers may see
}

// UnlistedCode is the meaning of a code that is in no table.
var UnlistedCode = Meaning{fault.Unknown, "The wallet answered in a way we do not know."}

// Fault returns a fault of this meaning, with the provider's code in it.
func (m Meaning) Fault(op, code string) *fault.Error {
	return &fault.Error{Kind: m.Kind, Op: op, Code: Clip(code), Detail: m.Detail}
}

// Codes is an adapter's table from the provider's codes to faults. A code is Declined only
// when it proves that nothing was executed and nothing will be; one that can also mean "done
// already", "not now" or "outcome not known" is Conflict, Unavailable or Unknown.
type Codes map[string]Meaning

// Fault returns the fault for a code. A code that is not in the table is Unknown.
func (c Codes) Fault(op, code string) *fault.Error {
	known, found := c[code]
	if !found {
		known = UnlistedCode
	}
	return known.Fault(op, code)
}

// configured are the meanings that an operator can give a code that is not documented.
var configured = map[string]Meaning{
	"notFound":    {fault.NotFound, "The wallet knows no such payment or refund."},
	"refused":     {fault.Declined, "The wallet refused the request."},
	"conflict":    {fault.Conflict, "The payment's state does not allow this."},
	"unavailable": {fault.Unavailable, "The wallet cannot do this now."},
	"unknown":     {fault.Unknown, "The wallet does not know the outcome yet."},
}

// ParseCodes reads the setting "codes", with which an operator says what undocumented codes
// mean: each maps to one of the words notFound, refused (Declined), conflict, unavailable
// and unknown. valid says whether a text is a code of a failure. Mistakes go to wrong.
func ParseCodes(setting map[string]string, valid func(code string) bool, wrong *Mistakes) Codes {
	codes := Codes{}
	for _, code := range slices.Sorted(maps.Keys(setting)) {
		meaning, known := configured[setting[code]]
		wrong.Check(known, "codes", Clip(code)+": must be notFound, refused, conflict, unavailable or unknown")
		wrong.Check(valid(code), "codes", Clip(code)+" is no code of a failure")
		codes[code] = meaning
	}
	return codes
}

// Unknown returns the fault of an answer that cannot be relied on. It keeps the text of err
// and hides its kind: an answer whose signature is wrong must not be taken for a refusal of
// ours, Unauthenticated.
func Unknown(op string, err error) error {
	return &fault.Error{Kind: fault.Unknown, Op: op, Detail: "The wallet's answer cannot be relied on.", Err: errors.New(err.Error())}
}

// Reclassify returns err with the kind to where its kind is one of from, and otherwise err
// itself. The same code can mean different things to different calls: "no such payment" is
// NotFound to a query and Conflict to a refund.
func Reclassify(err error, to fault.Kind, from ...fault.Kind) error {
	var f *fault.Error
	if !errors.As(err, &f) || !slices.Contains(from, f.Kind) {
		return err
	}
	other := *f
	other.Kind = to
	return &other
}
