package engine

import (
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/pricing"
	"github.com/minitill/minitill/wallet"
)

// OrderRequest is a request for an order. Exactly one of Items and Price is set: the app's Pricer
// prices Items; Price comes from a caller who is the merchant.
type OrderRequest struct {
	App       string
	Wallet    string // empty: the app's first
	Method    string
	Channel   wallet.Channel
	Payer     bridge.Payer
	Items     []pricing.ItemRequest
	Price     *pricing.Price
	ReturnURL string
	Hold      *bool         // authorize only; nil: as the app does
	Expiry    time.Duration // how long the payer has; zero: as the app says
	Source    bridge.Source
	Unpaid    bool // open no payment yet
	// Agreement charges the payer of an agreement at its wallet, at once and without the
	// cashier. It goes with Price only, and decides about Wallet and Payer.
	Agreement bridge.AgreementID
	// MethodToken charges the payer's card or account at the wallet, at once and without
	// the cashier. It goes with Price and a wallet only.
	MethodToken wallet.Token
}

// CaptureRequest is a request for the capture of held money.
type CaptureRequest struct {
	Amount wallet.Money // zero: all of it; less releases the rest
	Source bridge.Source
}

// Hint is the result of my.tradePay at the client. It is recorded and decides nothing.
type Hint struct{ Code, Detail string }
