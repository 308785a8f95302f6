// Package use uses the generated client as a merchant's backend does: it compiles where
// the client is typed.
package use

import (
	"context"

	"shop.example/use/client"
)

// Take makes an order and gives a part of it back.
func Take(ctx context.Context, till *client.ClientWithResponses) (string, error) {
	decimal := "4.50"
	made, err := till.CreateOrderWithResponse(ctx, &client.CreateOrderParams{IdempotencyKey: "one"}, client.OrderRequest{
		Amount: client.AmountRequest{Currency: "USD", Decimal: &decimal}, Description: "Latte", // Capture is not required
	})
	if err != nil || made.JSON201 == nil {
		return "", err
	}
	var amount client.Amount = made.JSON201.Order.Amount
	var value string = amount.Value
	back := client.AmountRequest{Currency: amount.Currency, Value: &value}
	given, err := till.CreateRefundWithResponse(ctx, made.JSON201.Order.Id, &client.CreateRefundParams{IdempotencyKey: "two"}, client.RefundRequest{Amount: &back})
	if err != nil || given.JSON201 == nil {
		return "", err
	}
	return given.JSON201.Amount.Decimal, nil
}

// Left are bodies with nothing that has a default.
var Left = []any{client.ClientOrderRequest{}, client.RotationRequest{}, client.CaptureRequest{}}
