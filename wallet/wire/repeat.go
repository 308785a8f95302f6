package wire

import (
	"errors"
	"time"

	"github.com/minitill/minitill/fault"
)

// RefusedRepeat is the refusal of a request that was sent before without an answer that counts.
// The first sending may have been executed, and a refusal of the second often only says
// so: there is no such amount left, the state is another one. So the wallet is asked, and
// its answer decides.
type RefusedRepeat struct {
	Refusal error         // what the wallet answered to the repeat
	AskedAt time.Time     // when the request was last sent before; zero: it was not
	Now     time.Time     // when the repeat was refused
	Lag     time.Duration // how long the wallet's queries may answer as if it had not been
}

// Resolve returns what query says of the payment or refund, and the refusal itself when
// this is no refused repeat, or when the wallet knows no such thing and can lag no more.
//
// Faults: those of the refusal; Unknown while the outcome of the first sending is.
func Resolve[T any](d RefusedRepeat, query func() (T, error)) (T, error) {
	var none T
	if d.AskedAt.IsZero() || !refusal(d.Refusal) {
		return none, d.Refusal
	}
	got, err := query()
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, fault.NotFound) && d.Now.Sub(d.AskedAt) > d.Lag:
		return none, d.Refusal
	}
	refused := fault.Of(d.Refusal)
	return none, &fault.Error{
		Kind: fault.Unknown, Op: refused.Op, Code: refused.Code,
		Detail: "The wallet refused the repeat of a request that may have been executed.", Err: errors.New(err.Error()),
	}
}

// refusal says that err is a wallet's no. Unavailable is none: nothing was judged.
func refusal(err error) bool {
	switch fault.KindOf(err) {
	case fault.Declined, fault.Invalid, fault.Conflict, fault.NotFound, fault.Unauthenticated, fault.Forbidden, fault.Expired:
		return err != nil
	}
	return false
}
