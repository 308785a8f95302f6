// Package pins keeps in the store what wallets learn about their providers on first use and
// must not forget: a [wallet.Pins] over a document that all nodes share.
//
// The document is small: a provider's endpoint adds one entry for each of its keys that was
// ever configured. It has names and times, no secret. A pin is never removed; a wallet whose
// endpoint or key changes uses another name.
package pins
