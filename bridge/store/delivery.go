package store

import "time"

// DeliveryStatus is the outcome of an attempt to deliver a message.
type DeliveryStatus string

// The delivery statuses.
const (
	Delivered   DeliveryStatus = "delivered"
	Undelivered DeliveryStatus = "undelivered" // to be retried
	Dead        DeliveryStatus = "dead"        // dead letter: no more retries; the order's next message follows
	Dismissed   DeliveryStatus = "dismissed"   // a dead letter that a person has dismissed
)

// Delivery is the outcome of an attempt.
type Delivery struct {
	Status DeliveryStatus
	RunAt  time.Time // of the next attempt, when Undelivered
	Note   string    // why, for operators
	At     time.Time // of the attempt
}
