package traces_test

import (
	"fmt"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/traces"
	"github.com/minitill/minitill/bridge/webhook"
)

// A host gives the tracer its own TracerProvider, and the tracer's methods to the packages
// that have spans.
func ExampleNew() {
	db := memstore.New()
	t := traces.New(traces.Config{Provider: noop.NewTracerProvider(), Store: db, Database: "memory"})
	e := engine.Config{Store: t.Store(db), Tracer: t}
	s := server.Config{Trace: t.Request}
	m := merchant.Config{Store: db, Authenticated: t.Trust}
	w := webhook.Config{Outbox: db, Trace: t.Attempt}
	fmt.Println(e.Tracer != nil, s.Trace != nil, m.Authenticated != nil, w.Trace != nil)
	// Output: true true true true
}
