package web_test

import (
	"slices"
	"testing"

	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

func TestAllParametersThatAreNotValidAreNamedTogether(t *testing.T) {
	p, err := web.ReadParameters("limit=0&from=yesterday&order=x&status=paid", []string{"limit", "from", "order", "status"})
	if err != nil {
		t.Fatal(err)
	}
	if order, from, limit := p.Order("order"), p.Time("from"), p.Limit(); order != "" || !from.IsZero() || limit != 25 {
		t.Errorf("got %q, %s and %d, want nothing and the default", order, from, limit)
	}
	if got := web.Word(p, "status", []string{"paid", "failed"}); got != "paid" {
		t.Errorf("got %q, want paid", got)
	}
	var named []string
	for _, f := range fault.Of(p.Err()).Fields {
		named = append(named, f.Name)
	}
	if want := []string{"order", "from", "limit"}; !slices.Equal(named, want) {
		t.Errorf("got %v, want %v", named, want)
	}
}
