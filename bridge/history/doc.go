// Package history has what a store keeps of the events of an order once some of them were
// archived: a snapshot, and the events after it.
package history
