package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet/wire"
)

var codes = wire.Codes{
	"NO_BALANCE": {Kind: fault.Declined, Detail: "The balance is not enough."},
	"NOT_FOUND":  {Kind: fault.NotFound, Detail: "The wallet knows no such payment."},
}

func TestCodes(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"NO_BALANCE": fault.Declined, "NOT_FOUND": fault.NotFound, "no_balance": fault.Unknown, "": fault.Unknown, "NEW": fault.Unknown,
	} {
		got := codes.Fault("test.Pay", code)
		if got.Kind != want || got.Code != code || got.Op != "test.Pay" || got.Detail == "" {
			t.Errorf("%q: got %+v, want %s", code, got, want)
		}
	}
	if got := codes.Fault("test.Pay", strings.Repeat("X", 500)); len(got.Code) != wire.MaxID {
		t.Errorf("got a code of %d bytes, want it clipped", len(got.Code))
	}
}

func TestAnAnswerThatCannotBeReliedOnIsUnknownWhateverItsCause(t *testing.T) {
	cause := fault.New(fault.Unauthenticated, "signing.Verify", "wrong")
	for name, err := range map[string]error{
		"a signature": wire.Unknown("test.Pay", cause),
		"an answer":   wire.Answer{Op: "test.Pay", Status: 200}.Unknown(cause),
	} {
		if f := fault.Of(err); f.Kind != fault.Unknown || f.Op != "test.Pay" || errors.Is(err, fault.Unauthenticated) ||
			!strings.Contains(err.Error(), "wrong") {
			t.Errorf("%s: got %v, want unknown alone, with the cause's text", name, err)
		}
	}
}

func TestReclassifyChangesTheKindsThatItNames(t *testing.T) {
	refused := codes.Fault("test.Pay", "NOT_FOUND")
	got := wire.Reclassify(fmt.Errorf("paying: %w", refused), fault.Declined, fault.Expired, fault.NotFound)
	if f := fault.Of(got); f.Kind != fault.Declined || f.Code != "NOT_FOUND" || refused.Kind != fault.NotFound {
		t.Errorf("got %+v, want declined with its code, and the first fault as it was", f)
	}
	for _, err := range []error{nil, errors.New("a bug"), codes.Fault("test.Pay", "NO_BALANCE")} {
		if got := wire.Reclassify(err, fault.Unknown, fault.NotFound, fault.Internal); !errors.Is(got, err) || fault.KindOf(got) != fault.KindOf(err) {
			t.Errorf("got %v, want %v", got, err)
		}
	}
}

func TestCodesThatAreConfigured(t *testing.T) {
	var wrong wire.Mistakes
	set := map[string]string{"A": "notFound", "B": "refused", "C": "conflict", "D": "unavailable", "E": "unknown", "F": "perhaps", "OK": "refused"}
	codes := wire.ParseCodes(set, func(code string) bool { return code != "OK" }, &wrong)
	for code, want := range map[string]fault.Kind{
		"A": fault.NotFound, "B": fault.Declined, "C": fault.Conflict, "D": fault.Unavailable, "E": fault.Unknown, "none": fault.Unknown,
	} {
		if got := codes.Fault("op", code); got.Kind != want || got.Code != code || got.Detail == "" {
			t.Errorf("%s: got %v, want %v", code, got, want)
		}
	}
	if len(wrong) != 2 || wrong[0].Name != "codes" || wrong[1].Name != "codes" {
		t.Errorf("got the mistakes %v, want those of F and OK", wrong)
	}
}
