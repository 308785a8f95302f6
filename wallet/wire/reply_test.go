package wire_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

func TestRepliesByTheOutcome(t *testing.T) {
	replies := wire.Replies{
		Stored: wire.Reply{Status: 200, Body: "stored"}, NoOrder: wire.Reply{Status: 200, Body: "no order"},
		Forged: wire.Reply{Status: 401, Body: "forged"}, Invalid: wire.Reply{Status: 400, Body: "invalid"},
		TooLarge: wire.Reply{Status: 413, Body: "too large"}, Retry: wire.Reply{Status: 503, Body: "again"},
	}
	want := map[error]string{
		nil: "stored", fault.NotFound: "no order", fault.Unauthenticated: "forged", fault.Invalid: "invalid",
		fault.Forbidden: "invalid", fault.TooLarge: "too large",
	}
	outcomes := []error{nil, errors.New("a bug")}
	for _, kind := range fault.Kinds() {
		outcomes = append(outcomes, kind)
	}
	for _, err := range outcomes {
		body, known := want[err]
		if !known {
			body = "again"
		}
		if err != nil {
			err = fmt.Errorf("storing: %w", err)
		}
		if got := replies.For(err); got.Body != body {
			t.Errorf("%v: got %s, want %s", err, got.Body, body)
		}
	}
	got := replies.For(nil).WithContentType("text/plain")
	if got.Status != 200 || string(got.Body) != "stored" || got.Header.Get("Content-Type") != "text/plain" {
		t.Errorf("got %+v", got)
	}
	got.Header.Set("Content-Type", "changed")
	if again := replies.For(nil).WithContentType("text/plain"); again.Header.Get("Content-Type") != "text/plain" {
		t.Error("two replies share a header")
	}
}
