package sqlite

import (
	"testing"

	"github.com/minitill/minitill/bridge"
)

func TestAChangeThatIsNotTracedHasNoStatementForItsTrace(t *testing.T) {
	c := bridge.NewChange(bridge.Order{ID: "ord_1", App: "shop"})
	c.Events = []bridge.Event{{Order: "ord_1", Sequence: 1}, {Order: "ord_1", Sequence: 2}}
	for context, want := range map[string]int{"": len(c.Events), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01": 2 * len(c.Events)} {
		c.Trace = context
		list, err := attached("test", c)
		if err != nil || len(list) != want {
			t.Errorf("with the context %q: %d statements, %v, want %d", context, len(list), err, want)
		}
	}
}
