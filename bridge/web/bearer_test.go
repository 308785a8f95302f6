package web_test

import (
	"net/http"
	"testing"

	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

func TestTheTokenOfARequest(t *testing.T) {
	for name, test := range map[string]struct {
		headers []string
		want    string
		detail  string // of the fault; empty: there is none
	}{
		"a token":               {[]string{"Bearer abc"}, "abc", ""},
		"a scheme in any case":  {[]string{"bEARER abc"}, "abc", ""},
		"blanks around a token": {[]string{"Bearer  abc "}, "abc", ""},
		"no header":             {nil, "", "An API key is required."},
		"two headers":           {[]string{"Bearer abc", "Bearer def"}, "", "The Authorization header must be: Bearer <token>."},
		"another scheme":        {[]string{"Basic abc"}, "", "The Authorization header must be: Bearer <token>."},
		"no scheme":             {[]string{"abc"}, "", "The Authorization header must be: Bearer <token>."},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := web.Bearer(&http.Request{Header: http.Header{"Authorization": test.headers}}, "An API key")
			if got != test.want || (err != nil) != (test.detail != "") {
				t.Fatalf("got %q, %v; want %q", got, err, test.want)
			}
			if test.detail == "" {
				return
			}
			if f := fault.Of(err); f.Kind != fault.Unauthenticated || f.Detail != test.detail {
				t.Errorf("got %v, want unauthenticated: %s", err, test.detail)
			}
		})
	}
}
