package app

import (
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
)

// database is what the command needs of a store.
type database interface {
	engine.Store
	merchant.Store
	store.Outbox
	store.APIKeys
	store.OperatorSessions
	store.Audit
	store.Restorer
	store.Documents
	store.Traces
	store.Retention
	Close() error
}
