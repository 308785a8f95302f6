package miniprogram_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// mayBeEmpty are the knobs of text and time for which nothing is a value too.
var mayBeEmpty = []string{
	"PathPrefix", "ProductCode", "HoldProduct", "AgreementCode", "SalesCode", "ExpiryMost", "Currencies",
}

func TestEveryKnobOfEveryProfileHasAValue(t *testing.T) {
	for name, row := range miniprogram.Table() {
		v := reflect.ValueOf(row)
		for i := range v.NumField() {
			knob := v.Type().Field(i).Name
			if v.Field(i).Kind() != reflect.Bool && v.Field(i).IsZero() && !slices.Contains(mayBeEmpty, knob) {
				t.Errorf("%s: %s is empty", name, knob)
			}
		}
		if row.CanHold && row.HoldProduct == "" && row.ProductCode == "" {
			t.Errorf("%s can hold, but no product says so", name)
		}
		for c := range strings.FieldsSeq(row.Currencies) {
			if err := wallet.Currency(c).Valid(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestProfilesAreThoseOfTheFamily(t *testing.T) {
	want := "alipayplus ams gcash generic-v1 generic-v2 rebell superqi tng vodapay"
	if got := strings.Join(miniprogram.Profiles(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// notOverridden are knobs that a setting of its own replaces.
var notOverridden = []string{"ProductCode", "HoldProduct", "AgreementCode", "SalesCode", "ExpiryMost", "Currencies"}

func TestEveryKnobCanBeOverridden(t *testing.T) {
	overrides := reflect.TypeFor[miniprogram.Overrides]()
	for knob := range reflect.TypeFor[miniprogram.Profile]().Fields() {
		o, found := overrides.FieldByName(knob.Name)
		switch {
		case slices.Contains(notOverridden, knob.Name):
		case !found:
			t.Errorf("%s cannot be overridden", knob.Name)
		case o.Type != reflect.PointerTo(knob.Type):
			t.Errorf("%s: got %s, want a pointer to %s", knob.Name, o.Type, knob.Type)
		}
	}
	for o := range overrides.Fields() {
		if _, found := reflect.TypeFor[miniprogram.Profile]().FieldByName(o.Name); !found {
			t.Errorf("%s overrides nothing", o.Name)
		}
	}
}

func TestOverridesReplaceOnlyWhatIsSet(t *testing.T) {
	row := miniprogram.Table()["generic-v2"]
	want := row
	want.PathPrefix, want.CanCancel, want.TimeTolerance = "", false, time.Minute
	got := miniprogram.Overrides{PathPrefix: new(""), CanCancel: new(false), TimeTolerance: new(time.Minute)}.Apply(row)
	if got != want {
		t.Errorf("got %+v", got)
	}
}

func TestPathsAreThoseOfTheDocuments(t *testing.T) {
	for _, c := range []struct{ profile, client, rest, want string }{
		{"generic-v2", testClient, "payments/pay", "/api/open/v2/payments/pay"},
		{"generic-v1", testClient, "payments/pay", "/api/open/v1/payments/pay"},
		{"gcash", testClient, "payments/pay", "/api/v2/payments/pay"},
		{"tng", testClient, "payments/pay", "/acl/api/v1/payments/pay"},
		{"superqi", testClient, "payments/pay", "/v1/payments/pay"},
		{"rebell", testClient, "/v2/payments/refundApply", "/api/open/v2/payments/refundApply"},
		{"alipayplus", testClient, "payments/pay", "/aps/api/v1/payments/pay"},
		{"ams", testClient, "payments/pay", "/ams/api/v1/payments/pay"},
		{"ams", "SANDBOX_5Y", "payments/pay", "/ams/sandbox/api/v1/payments/pay"},
		{"alipayplus", "SANDBOX_5Y", "payments/pay", "/aps/api/v1/payments/pay"},
	} {
		if got := miniprogram.Table()[c.profile].Path(c.client, c.rest); got != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.rest, c.profile, got, c.want)
		}
	}
}

func TestOnlyProfilesThatCancelAreCancelers(t *testing.T) {
	for name, row := range miniprogram.Table() {
		w, err := settings(t, name, "https://wallet.example").Open(wallet.Env{})
		if err != nil {
			t.Fatal(err)
		}
		if _, got := wallet.As[wallet.Canceler](w); got != row.CanCancel {
			t.Errorf("%s: a Canceler is %v, want %v: an order that waits to be closed would never end", name, got, row.CanCancel)
		}
	}
}

// TestTheTableInTheDocumentationIsTrue holds the table in doc.go to the profiles.
func TestTheTableInTheDocumentationIsTrue(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	reported := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(strings.TrimPrefix(line, "//")); len(fields) == 10 {
			reported[fields[0]] = strings.Join(fields[1:], " ")
		}
	}
	for name, row := range miniprogram.Table() {
		if want := documented(row); reported[name] != want {
			t.Errorf("%s: doc.go says %q, want %q", name, reported[name], want)
		}
	}
}

// documented is a row of the table.
func documented(row miniprogram.Profile) string {
	yes := map[bool]string{true: "yes", false: "–"}
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	id := map[bool]string{row.PartnerID: "partnerId", row.NeedsAppID: "appId", row.NeedsProduct: "productCode"}[true]
	return strings.Join([]string{
		or(row.PathPrefix, "–"), row.Version, string(row.Encoding), string(row.VerifyAnswer),
		yes[row.CanCancel], yes[row.CanHold], yes[row.CanAgree], or(row.Currencies, "any"), or(id, "–"),
	}, " ")
}
