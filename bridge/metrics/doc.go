// Package metrics measures a till for Prometheus. The other packages know nothing of it:
// each has an observer or a function in its Config, which Metrics implements.
//
//	engine.Config.Observer ───────────┐
//	server.Config.Observe, .Opened ───┤
//	server.Config.Counter ────────────┼─► Metrics ─► Handler ─► /metrics
//	webhook.Config.Observe ───────────┤      ▲
//	Store.OnCommit ───────────────────┘      └── Run: a store.Surveyor, each SurveyEvery
//
// No label has a value that a caller can choose. Apps and wallets are those of the Config;
// any other name in the store is "other". Counters whose labels are known at the start
// exist from then on, with zero, so that the first failure shows as an increase.
//
// Long polls and event streams are left out of the histogram of durations. What is counted
// in the store is the same on every node: take max of it over nodes, not sum.
package metrics
