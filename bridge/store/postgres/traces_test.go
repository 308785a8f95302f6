package postgres

import (
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
)

func TestAChangeThatIsNotTracedHasNoStatementForItsTrace(t *testing.T) {
	c := bridge.NewChange(bridge.Order{ID: "ord_1", App: "shop"})
	c.Events = []bridge.Event{{Order: "ord_1", Sequence: 1}}
	for context, want := range map[string]bool{"": false, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01": true} {
		c.Trace = context
		parts, err := createParts("test", c)
		if err != nil {
			t.Fatal(err)
		}
		if text, _ := compose(parts); strings.Contains(text, "event_traces") != want {
			t.Errorf("with the context %q the statement is %s", context, text)
		}
	}
}
