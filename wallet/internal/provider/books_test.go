package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/minitill/minitill/wallet/internal/provider"
)

type deal struct {
	request, id string
	open        bool
}

func newBooks(most int, gone *[]string) *provider.Books[*deal] {
	return provider.NewBooks(provider.Keep[*deal]{
		Most: most,
		Idle: func(d *deal) bool { return !d.open },
		Of:   func(d *deal) (string, []string) { return d.request, strings.Split(d.id, " ") },
		Gone: func(d *deal) { *gone = append(*gone, d.id) },
	})
}

func file(t *testing.T, b *provider.Books[*deal], d *deal) *deal {
	t.Helper()
	if !b.Add(d, d.request, d.id) {
		t.Fatalf("%s was not filed", d.id)
	}
	return d
}

func TestBooksFindByRequestIDAndByEveryID(t *testing.T) {
	b := newBooks(0, new([]string))
	a := file(t, b, &deal{request: "A", id: "1"})
	b.Rename(a, "1x")
	for _, name := range []string{"A", "1", "1x"} {
		if got, found := b.Find(name); !found || got != a {
			t.Errorf("%s: got %v, %v", name, got, found)
		}
	}
	if got, found := b.Find("B"); found || got != nil {
		t.Errorf("B: got %v, want nothing", got)
	}
	if b.Newest("A") != a || b.ByID("1x") != a || b.ByID("A") != nil || b.Newest("1") != nil || b.At(0) != a || b.Len() != 1 {
		t.Error("what was filed is not found by the right name")
	}
}

func TestARequestIDCanHaveSeveralCharges(t *testing.T) {
	b := newBooks(0, new([]string))
	first, other := file(t, b, &deal{request: "A", id: "1"}), file(t, b, &deal{request: "B", id: "2"})
	second, third := file(t, b, &deal{request: "A", id: "3"}), file(t, b, &deal{request: "A", id: "4"})
	if got := b.Charges("A"); !slices.Equal(got, []*deal{first, second, third}) || b.Newest("A") != third {
		t.Errorf("charges: got %v", got)
	}
	if b.Before(third, "A") != second || b.Before(second, "A") != first || b.Before(first, "A") != nil || b.Before(other, "B") != nil {
		t.Error("a charge does not find the one before it")
	}
	b.Forget(third)
	b.Forget(first)
	if got := b.Charges("A"); !slices.Equal(got, []*deal{second}) || b.Newest("A") != second || b.ByID("4") != nil {
		t.Errorf("after two were forgotten: got %v", got)
	}
	if got := b.All(); !slices.Equal(got, []*deal{other, second}) {
		t.Errorf("all: got %v", got)
	}
	b.Forget(first)
	if b.Forget(second); b.Newest("A") != nil || b.Charges("A") != nil {
		t.Error("the last charge is still found")
	}
}

func TestFullBooksForgetTheOldestThatIsFinished(t *testing.T) {
	var gone []string
	b := newBooks(3, &gone)
	open, old := file(t, b, &deal{"A", "1", true}), file(t, b, &deal{"B", "2 2x", false})
	b.Rename(old, "2x")
	file(t, b, &deal{"C", "3", false})
	late := file(t, b, &deal{"D", "4", true})
	if b.Newest("B") != nil || b.ByID("2") != nil || b.ByID("2x") != nil || !slices.Equal(gone, []string{"2 2x"}) {
		t.Errorf("the oldest finished one is still there; forgotten: %q", gone)
	}
	last := file(t, b, &deal{"E", "5", true})
	if got := b.All(); !slices.Equal(got, []*deal{open, late, last}) {
		t.Errorf("all: got %v", got)
	}
	if b.Add(&deal{request: "F", id: "6"}, "F", "6") || b.Newest("F") != nil || b.Len() != 3 {
		t.Error("one more was filed though none is finished")
	}
}

func TestADigestDistinguishesContents(t *testing.T) {
	type content struct{ Amount, Currency string }
	of := func(amount string) provider.Digest { return provider.DigestOf(content{amount, "USD"}) }
	first, again, other := of("12.34"), of("12.34"), of("12.35")
	if first == other || first != again {
		t.Error("a digest does not distinguish another content")
	}
}
