package payprotocol

import (
	"context"
	"math/big"
	"net/http"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// EncodeCreate is the body of a create call on a chain.
func (w *Wallet) EncodeCreate(req wallet.PaymentRequest, chain int64) []byte {
	return w.encodeCreate(req, chain)
}

// Sign signs a request, or a callback as the provider would.
func (w *Wallet) Sign(ctx context.Context, at time.Time, method, path string, body []byte) (http.Header, error) {
	return w.seal.headers(ctx, at, method, path, body)
}

// Message is the text that is signed.
func Message(timestamp, method, path string, body []byte) []byte {
	return message(timestamp, method, path, body)
}

// CodeFault is the table from codes to faults.
func (w *Wallet) CodeFault(code string) fault.Kind { return fault.KindOf(w.refusal("test", code)) }

// PageURL is what is made of a payment URL.
func (w *Wallet) PageURL(path string) (string, error) { return w.pageURL(path) }

// Verified is an address that may be shown.
func (w *Wallet) Verified(chain int64, address, salt string) (string, error) {
	return w.verified(chain, addressJSON{address, salt})
}

// ReadPayment reads the answer to a query for an order.
func (w *Wallet) ReadPayment(ctx context.Context, status int, body []byte) (wallet.Payment, error) {
	var out orderJSON
	if err := w.read(wire.Answer{Op: "test", Status: status, Body: body}, &out); err != nil {
		return wallet.Payment{}, err
	}
	return w.payment(ctx, &out)
}

// ReadRefund reads the answer to a query for a refund.
func (w *Wallet) ReadRefund(status int, body []byte) (wallet.RefundRef, wallet.RefundStatus, error) {
	var out refundJSON
	err := w.read(wire.Answer{Op: "test", Status: status, Body: body}, &out)
	return out.ref(), refundStatuses[out.RefundStatus], err
}

// News is what a callback's body says, once it is proven.
func News(body []byte) ([]wallet.Event, error) { return news(body) }

// AtRate turns a part of a price into a token's units and back.
func AtRate(quote wallet.Money, expected *big.Int, part wallet.Money) (*big.Int, wallet.Money, bool) {
	r := rate{quote, expected}
	units := r.units(part)
	back, ok := r.money(units)
	return units, back, ok
}
