package bare

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"
)

// rows stores the rows of orders. Every method returns after the commit.
type rows interface {
	// create stores a new order: its idempotency key, itself and its first event.
	create(o *order) error
	// open stores that a payment was opened, and the answer for its idempotency key.
	open(o *order) error
	// pay stores that an order was paid.
	pay(o *order) error
	read(ctx context.Context, id string) (version int64, doc []byte, err error)
	close() error
}

// order has the values of an order's rows.
type order struct {
	id, key, payment string
	version          int64
	now              int64 // in Unix milliseconds
	answer           []byte
}

// The values that are the same in all orders, as long as those of the till's rows.
var (
	createdDoc = text(`{"app":"bench","amount":{"currency":"USD","value":"450","decimal":"4.50"},"payments":[{}]`, 650)
	pendingDoc = text(`{"app":"bench","status":"pending","amount":{"currency":"USD","value":"450"},"payments":[{}]`, 750)
	paidDoc    = text(`{"app":"bench","status":"paid","amount":{"currency":"USD","value":"450"},"payments":[{}]`, 780)

	createdData = text(`{"order":{"app":"bench"}`, 560)
	pendingData = text(`{"payment":{"status":"pending"}`, 410)
	paidData    = text(`{"payment":{"status":"paid"}`, 400)
)

// text fills JSON up to a length.
func text(begin string, length int) string {
	const member = `,"x":"`
	return begin + member + strings.Repeat("y", length-len(begin)-len(member)-2) + `"}`
}

const (
	app        = "bench"
	wallet     = "instant"
	scope      = "miniapp:bench:guest_AAAAAAAAAAAAAAAAAAAAAAAAAA:orders"
	life       = 24 * time.Hour // of an order
	firstQuery = 5 * time.Second
)

// digest is the digest of a request's body.
func digest(body []byte) []byte {
	sum := sha256.Sum256(body)
	return sum[:]
}

func (o *order) expires() int64 { return o.now + life.Milliseconds() }
func (o *order) due() int64     { return o.now + firstQuery.Milliseconds() }
