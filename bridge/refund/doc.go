// Package refund decides about refunds: what a refund is taken from, and whether it waits for a
// second operator, who approves or rejects it before it expires. It is the part of the rule
// that bounds money on its way back to the payer, and as pure as the rest.
package refund
