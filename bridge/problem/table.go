package problem

import (
	"net/http"
	"slices"

	"github.com/minitill/minitill/fault"
)

// entry is what a kind of fault looks like over HTTP.
type entry struct {
	status int
	title  string
}

// table has an entry for every kind. The kind's own name is the document's code and
// the last part of its type.
var table = map[fault.Kind]entry{
	fault.Internal:        {http.StatusInternalServerError, "Internal error"},
	fault.Invalid:         {http.StatusBadRequest, "Invalid request"},
	fault.Unauthenticated: {http.StatusUnauthorized, "Not authenticated"},
	fault.Declined:        {http.StatusPaymentRequired, "Payment declined"},
	fault.Forbidden:       {http.StatusForbidden, "Forbidden"},
	fault.NotFound:        {http.StatusNotFound, "Not found"},
	fault.Conflict:        {http.StatusConflict, "Conflict"},
	fault.KeyReused:       {http.StatusUnprocessableEntity, "Idempotency key reused"},
	fault.Expired:         {http.StatusGone, "Expired"},
	fault.Unsupported:     {http.StatusUnprocessableEntity, "Unsupported"},
	fault.TooLarge:        {http.StatusRequestEntityTooLarge, "Request too large"},
	fault.RateLimited:     {http.StatusTooManyRequests, "Too many requests"},
	fault.Unavailable:     {http.StatusServiceUnavailable, "Unavailable"},
	fault.Unknown:         {http.StatusGatewayTimeout, "Outcome unknown"},
}

// methodNotAllowed is the code of the router's own problem, which is not a fault.
const methodNotAllowed = "method_not_allowed"

// IsCode says whether code is the code of a problem.
func IsCode(code string) bool {
	return code == methodNotAllowed || slices.ContainsFunc(fault.Kinds(), func(k fault.Kind) bool { return k.String() == code })
}

// Status is the HTTP status of a kind of fault.
func Status(kind fault.Kind) int { return entryOf(kind).status }

func entryOf(kind fault.Kind) entry {
	if e, ok := table[kind]; ok {
		return e
	}
	return table[fault.Internal]
}
