package web

import (
	"context"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
)

// Orders reads orders; an engine does.
type Orders interface {
	Order(ctx context.Context, id bridge.OrderID) (bridge.Order, error)
}

// FindOrder returns the order of an id when may allows it. To the caller, another order
// does not exist. what names the thing that was requested: "order", or "refund" of one.
//
// Faults: NotFound.
func FindOrder(ctx context.Context, orders Orders, what string, id bridge.OrderID, may func(*bridge.Order) bool) (bridge.Order, error) {
	if id == "" { // of a text that is not an id
		return bridge.Order{}, NotFound(what, nil)
	}
	order, err := orders.Order(ctx, id)
	if err == nil && !may(&order) {
		err = NotFound(what, nil)
	}
	if err != nil {
		return bridge.Order{}, AsNotFound(what, err)
	}
	return order, nil
}

// AsNotFound gives a fault NotFound of the engine or the store the words of NotFound. It
// returns other faults, and nil, unchanged.
func AsNotFound(what string, err error) error {
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return err
	}
	return NotFound(what, err)
}

// NotFound reads the same for a thing that does not exist and for a thing of another
// else.
func NotFound(what string, cause error) error {
	return &fault.Error{Kind: fault.NotFound, Op: "web.NotFound", Detail: "There is no such " + what + ".", Err: cause}
}

// OrderClaims is the content of a token for an order.
func OrderClaims(o *bridge.Order) signing.OrderClaims {
	claims := signing.OrderClaims{
		App: o.App, Payer: o.Payer.ID, Order: string(o.ID),
		Currency: string(o.Amount.Currency), Value: o.Amount.Value(),
	}
	if p := o.LastPayment(); p != nil {
		claims.Wallet, claims.Payment = p.Wallet, o.ID.PaymentID(p.Number)
	}
	return claims
}
