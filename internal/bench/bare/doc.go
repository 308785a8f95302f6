// Package bare is the reference, what the till is compared with: a bare Gin handler that verifies the
// same signatures and commits the same rows through the same drivers, many changes in one
// commit, and has no engine, no adapter and no rule. It includes what every server of this
// kind would have: limits, the feed and a log. Neither side has an endpoint for webhooks when they
// are compared, so neither writes to the outbox. Its rate is the ceiling.
//
//	Gin ─► Server ─► limits, signature ─► rows ─► group ─► SQLite or PostgreSQL
//
// Where the stores change what they write, this package follows: TestTheReferenceWritesWhatTheTillWrites
// of internal/bench compares the tables.
package bare
