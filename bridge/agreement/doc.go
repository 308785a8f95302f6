// Package agreement creates, signs, charges and ends agreements: a payer's standing
// permission to be charged at one wallet without the cashier.
//
//	pending ── the payer signs ──► active ── payer, merchant or wallet ──► ended
//
// Tokens of agreements are as good as money. The package seals them before they are stored
// and opens them for one call to the wallet; no other package sees them, except the engine,
// which charges by [Charges]. It leaves orders to package engine, whose Engine embeds the
// [Service]: programs create, sign and end agreements by methods of the Engine.
package agreement
