package refund

import (
	"fmt"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Request is a request for a refund of captured money to the payer.
type Request struct {
	Amount  wallet.Money // zero: all that is left
	Payment int          // the number of the payment it is taken from; zero: the first that has enough left
	Reason  string
	Source  bridge.Source
	Guard   *Guard // nil: the refund needs no approval
}

const opReserve = "refund.Reserve"

// Reserve records a pending refund, which reserves its money before the engine sends the
// refund to the wallet. A refund that req.Guard stops waits for approval. It returns the
// number of the refund. keyDigest is idempotency.Once.KeyDigest of the request; able reports
// whether a wallet can refund.
//
// Faults: Invalid; Conflict when nothing is left; Unsupported when what is left is at
// wallets that cannot refund, which raises a flag.
func Reserve(c *bridge.Change, req *Request, keyDigest string, able func(walletName string) bool, now time.Time) (int, error) {
	p, amount, err := Refundable(&c.Order, req, able)
	if fault.KindOf(err) == fault.Unsupported && err != nil {
		c.RaiseOrderAttention(bridge.RefundImpossible, req.Source, now)
	}
	if err != nil {
		return 0, err
	}
	r := bridge.Refund{
		Payment: p.Number, Status: wallet.RefundPending, Amount: amount, Reason: req.Reason,
		KeyDigest: keyDigest, Calls: bridge.Calls{Tries: 1, LastSentAt: now},
	}
	if req.Guard.stops(&c.Order, amount) {
		req.Guard.await(&r, p, c.Order.Sequence, now)
	}
	return c.OpenRefund(r, req.Source, now)
}

// Refundable returns the payment that a refund is taken from, and the sum in minor units. It
// changes nothing.
//
// Faults: those of Reserve.
func Refundable(o *bridge.Order, req *Request, able func(walletName string) bool) (*bridge.Payment, int64, error) {
	if req.Amount != (wallet.Money{}) && req.Amount.Currency != o.Amount.Currency {
		return nil, 0, fault.InvalidField(opReserve, "amount.currency", "must be "+string(o.Amount.Currency))
	}
	if req.Amount != (wallet.Money{}) && req.Amount.Minor <= 0 {
		return nil, 0, fault.InvalidField(opReserve, "amount", "must be more than zero")
	}
	if req.Payment != 0 && o.Payment(req.Payment) == nil {
		return nil, 0, fault.InvalidField(opReserve, "payment", "is not a payment of this order")
	}
	var have, can []*bridge.Payment
	for i := range o.Payments {
		p := &o.Payments[i]
		if o.Left(p) <= 0 || req.Payment != 0 && p.Number != req.Payment {
			continue
		}
		have = append(have, p)
		if able(p.Wallet) {
			can = append(can, p)
		}
	}
	switch {
	case len(have) == 0:
		return nil, 0, fault.New(fault.Conflict, opReserve, "Nothing is left to refund.")
	case len(can) == 0:
		return nil, 0, fault.New(fault.Unsupported, opReserve, "The wallet cannot refund: "+describeLeft(o, have)+".")
	case req.Amount == (wallet.Money{}) && len(can) == 1:
		return can[0], o.Left(can[0]), nil
	case req.Amount == (wallet.Money{}):
		return nil, 0, fault.InvalidField(opReserve, "payment", "must name one of: "+describeLeft(o, can))
	}
	for _, p := range can {
		if req.Amount.Minor <= o.Left(p) {
			return p, req.Amount.Minor, nil
		}
	}
	return nil, 0, fault.InvalidField(opReserve, "amount", "must be at most what one payment has left: "+describeLeft(o, can))
}

// describeLeft lists what may still be refunded of each payment, for people.
func describeLeft(o *bridge.Order, payments []*bridge.Payment) string {
	list := make([]string, len(payments))
	for i, p := range payments {
		list[i] = fmt.Sprintf("%s at %s has %s", o.ID.PaymentID(p.Number), p.Wallet, o.Money(o.Left(p)))
	}
	return strings.Join(list, ", ")
}

// Books returns the sums of the other refunds of a refund's payment. A wallet that reports
// totals only compares them; see wallet.RefundBooks.
func Books(o *bridge.Order, r *bridge.Refund) wallet.RefundBooks {
	books := wallet.RefundBooks{Amount: o.Money(r.Amount), Refunded: o.Money(0), Open: o.Money(0)}
	for i := range o.Refunds {
		switch other := &o.Refunds[i]; {
		case other.Payment != r.Payment || other.Number == r.Number || !other.Sent():
		case other.Status == wallet.RefundSucceeded:
			books.Refunded.Minor += other.Amount
		case other.Open():
			books.Open.Minor += other.Amount
		}
	}
	return books
}
