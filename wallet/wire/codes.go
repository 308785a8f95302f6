package wire

import (
	"errors"
	"maps"
	"slices"

	"github.com/minitill/minitill/fault"
)

// Meaning is what one of a provider's codes proves.
type Meaning struct {
	Kind   fault.Kind
	Detail string // one sentence, fit to show
}

// UnlistedCode is the meaning of a code that is not known.
var UnlistedCode = Meaning{fault.Unknown, "The wallet answered in a way we do not know."}

// Fault is a refusal with this meaning.
func (m Meaning) Fault(op, code string) *fault.Error {
	return &fault.Error{Kind: m.Kind, Op: op, Code: Clip(code), Detail: m.Detail}
}

// Codes is the one table of an adapter from codes to faults. A code is Declined only when
// it proves that nothing was executed and nothing will be; one that can also mean "done
// already", "not now" or "cannot tell" is Conflict, Unavailable or Unknown.
type Codes map[string]Meaning

// Fault is what a code means. One that is not in the table is Unknown.
func (c Codes) Fault(op, code string) *fault.Error {
	known, found := c[code]
	if !found {
		known = UnlistedCode
	}
	return known.Fault(op, code)
}

// configured are the meanings that an operator can give a code whose meaning no document
// tells.
var configured = map[string]Meaning{
	"notFound":    {fault.NotFound, "The wallet knows no such payment or refund."},
	"refused":     {fault.Declined, "The wallet refused the request."},
	"conflict":    {fault.Conflict, "The payment's state does not allow this."},
	"unavailable": {fault.Unavailable, "The wallet cannot do this now."},
	"unknown":     {fault.Unknown, "The wallet does not know the outcome yet."},
}

// ParseCodes reads a codes setting: what each of a provider's codes means, in one of the
// words notFound, refused, conflict, unavailable and unknown. valid says whether a text is
// a code of a failure.
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

// Unknown is the fault of an answer that cannot be relied on, whatever the kind of its
// cause: that an answer's signature is wrong must not be read as ours being refused.
func Unknown(op string, err error) error {
	return &fault.Error{Kind: fault.Unknown, Op: op, Detail: "The wallet's answer cannot be relied on.", Err: errors.New(err.Error())}
}

// Reclassify returns err with another kind where its kind is one of those: the same code
// means different things to different calls.
func Reclassify(err error, to fault.Kind, from ...fault.Kind) error {
	var f *fault.Error
	if !errors.As(err, &f) || !slices.Contains(from, f.Kind) {
		return err
	}
	other := *f
	other.Kind = to
	return &other
}
