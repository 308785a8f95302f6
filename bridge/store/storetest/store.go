package storetest

import (
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/store"
)

// Store is all that a store does for the engine, the merchant API, webhooks and operators.
type Store interface {
	engine.Store
	store.Archive
	store.Outbox
	store.Endpoints
	store.APIKeys
	store.OperatorSessions
	store.Audit
	store.InboxItems
	store.Restorer
	store.Documents
	store.Traces
	store.Retention
	Close() error
}
