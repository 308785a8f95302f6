package web

import (
	"net/http"
	"strings"

	"github.com/minitill/minitill/fault"
)

// Bearer returns the token in the Authorization header. credential begins the
// answer to a request without one: "An API key".
//
// Faults: Unauthenticated.
func Bearer(r *http.Request, credential string) (string, error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", unauthenticated(credential + " is required.")
	}
	scheme, token, found := strings.Cut(values[0], " ")
	if len(values) > 1 || !found || !strings.EqualFold(scheme, "Bearer") {
		return "", unauthenticated("The Authorization header must be: Bearer <token>.")
	}
	return strings.TrimSpace(token), nil
}

func unauthenticated(detail string) error {
	return fault.New(fault.Unauthenticated, "web.Bearer", detail)
}
