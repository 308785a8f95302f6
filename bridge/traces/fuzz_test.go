package traces

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"
)

// FuzzTraceparent: whatever a caller sends, what is read of it is what it says, and nothing
// beside the two ids and the flag is kept.
func FuzzTraceparent(f *testing.F) {
	const good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, text := range []string{
		good, "", "00", strings.ToUpper(good), good + "-more", "ff" + good[2:], "cc" + good[2:] + "-what-comes", good[:53] + "ff",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", good + "," + good, " " + good,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		of := parse(text)
		if !of.IsValid() {
			return
		}
		if !strings.Contains(text, of.TraceID().String()+"-"+of.SpanID().String()) || of.TraceState().Len() > 0 {
			t.Fatalf("%q was read as %v", text, of)
		}
		span := trace.SpanFromContext(trace.ContextWithSpanContext(context.Background(), of))
		if again := format(span); again != "" && !parse(again).Equal(of.WithTraceFlags(trace.FlagsSampled)) {
			t.Fatalf("%q became %q", text, again)
		}
	})
}
