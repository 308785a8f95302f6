package metrics_test

import (
	"fmt"
	"net/http"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/metrics"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/webhook"
)

// A till in a server of your own shows its metrics where you mount them.
func Example() {
	m := metrics.New(metrics.Config{Version: "v1.2.3", Apps: map[string][]string{"shop": {"main"}}})
	observed := engine.Config{Observer: m} // with your store and wallets
	answers := server.Config{Observe: m.Answered, Opened: m.Opened, Counter: m}
	delivered := webhook.Config{Observe: m.Attempted}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	fmt.Println(observed.Observer != nil, answers.Counter != nil, delivered.Observe != nil)
	// Output: true true true
}
