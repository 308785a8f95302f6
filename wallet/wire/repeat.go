package wire

import (
	"errors"
	"time"

	"github.com/minitill/minitill/fault"
)

// RefusedRepeat describes a refused request that may be the repeat of one whose outcome is
// unknown. The first attempt may have been executed, and the refusal of the second may be
// its consequence: the amount has been refunded, the state has changed. So the refusal
// proves nothing, and a status query decides.
type RefusedRepeat struct {
	Refusal    error         // what the provider answered to this attempt
	LastSentAt time.Time     // the time of the attempt before, of the request's LastSentAt; zero: there was none
	Now        time.Time     // the time of the refusal
	Lag        time.Duration // how long after a call the provider's queries may not show its effect
}

// Resolve decides about a refused request. query queries the provider for the payment or refund
// of the request. Resolve returns
//
//   - the refusal, without a query, when there was no attempt before or the fault is none of
//     a refusal (Unavailable, Unknown and the like);
//   - what query found;
//   - the refusal, when query answers NotFound and the attempt before is older than Lag;
//   - Unknown in all other cases: the engine queries again later.
func Resolve[T any](d RefusedRepeat, query func() (T, error)) (T, error) {
	var none T
	if d.LastSentAt.IsZero() || !refusal(d.Refusal) {
		return none, d.Refusal
	}
	got, err := query()
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, fault.NotFound) && d.Now.Sub(d.LastSentAt) > d.Lag:
		return none, d.Refusal
	}
	refused := fault.Of(d.Refusal)
	return none, &fault.Error{
		Kind: fault.Unknown, Op: refused.Op, Code: refused.Code,
		Detail: "The wallet refused the repeat of a request that may have been executed.", Err: errors.New(err.Error()),
	}
}

// refusal reports whether err says that the provider refused. Unavailable does not: the
// request was not judged.
func refusal(err error) bool {
	switch fault.KindOf(err) {
	case fault.Declined, fault.Invalid, fault.Conflict, fault.NotFound, fault.Unauthenticated, fault.Forbidden, fault.Expired:
		return err != nil
	}
	return false
}
