package web_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
)

func TestAPageShowsThatThereIsANextOne(t *testing.T) {
	for name, test := range map[string]struct {
		stored int
		want   []string
		next   string // empty: it is the last page
	}{
		"of an empty list":                  {0, []string{}, ""},
		"of fewer entries than the limit":   {1, []string{"0"}, ""},
		"of as many entries as the limit":   {2, []string{"0", "1"}, ""},
		"of one more entry than the limit":  {3, []string{"0", "1"}, "1"},
		"of many more entries than a limit": {9, []string{"0", "1"}, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			list := func(limit int) (entries []int, err error) {
				for i := range min(test.stored, limit) {
					entries = append(entries, i)
				}
				return entries, nil
			}
			text := func(i *int) string { return strconv.Itoa(*i) }
			got, next, err := web.Page(2, list, text, text)
			if err != nil || got == nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
			if (next == nil) != (test.next == "") || next != nil && *next != test.next {
				t.Errorf("next: got %v, want %q", next, test.next)
			}
		})
	}
}

func TestACursorOfAnotherListIsTheCallersMistake(t *testing.T) {
	for _, test := range []struct {
		err  error
		want fault.Kind
	}{
		{fault.New(fault.NotFound, "test", "There is no such order."), fault.Invalid},
		{errors.New("the disk is full"), fault.Internal},
	} {
		list := func(int) ([]int, error) { return nil, test.err }
		none := func(*int) string { return "" }
		_, _, err := web.Page(2, list, none, none)
		if f := fault.Of(err); f.Kind != test.want || test.want == fault.Invalid && (len(f.Fields) != 1 || f.Fields[0].Name != "cursor") {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}
