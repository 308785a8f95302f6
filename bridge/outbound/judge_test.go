package outbound

import (
	"testing"

	"github.com/minitill/minitill/fault"
)

// TestOnlyARefusalThatProvesSomethingIsOne is what each fault of a call that moves money
// means. NotFound was taken for a refusal once: a wallet that lags behind its own payment
// has refused nothing.
func TestOnlyARefusalThatProvesSomethingIsOne(t *testing.T) {
	want := map[fault.Kind]Verdict{
		fault.Declined: Refused, fault.Invalid: Refused, fault.Forbidden: Refused, fault.Unsupported: Refused, fault.Expired: Refused,
		fault.Unavailable: Undone, fault.RateLimited: Undone,
	}
	for _, kind := range fault.Kinds() {
		expected, ok := want[kind]
		if !ok {
			expected = Unclear
		}
		if got := Judge(fault.New(kind, "test", "")); got != expected {
			t.Errorf("%v: got verdict %d, want %d", kind, got, expected)
		}
	}
	if Judge(nil) != Accepted {
		t.Error("an answer is not accepted")
	}
}
