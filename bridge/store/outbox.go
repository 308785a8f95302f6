package store

import (
	"context"
	"time"

	"github.com/minitill/minitill/bridge"
)

// Outbox is the part of a store from which messages are delivered.
type Outbox interface {
	// DueEndpoints returns the endpoints that have messages due, each once.
	DueEndpoints(ctx context.Context, now time.Time) ([]EndpointKey, error)

	// ClaimMessages returns messages of one endpoint that are due and moves their
	// RunAt by lease, so that no two workers share one. Of each order it is the oldest
	// that is neither delivered nor dead, or none: messages of an order go in order.
	ClaimMessages(ctx context.Context, app, endpoint string, now time.Time, lease time.Duration, limit int) ([]bridge.Message, error)

	// FinishMessage stores the outcome of an attempt to deliver a message. attempt is
	// Message.Attempts as it was claimed. A success is stored unless the message is
	// delivered already; any other outcome is stored only while the message is
	// undelivered and no later attempt has been stored, so that a late report changes
	// nothing.
	FinishMessage(ctx context.Context, id string, attempt int, outcome Delivery) error
}
