// Package sandbox is the adapter of the sandbox wallet, whose provider is part of this project
// and moves no money: for first steps, the demo and tests. Package simulator, which is the
// provider, documents the protocol.
//
// It has every capability: query, choice of methods, capture, void, cancel, refund,
// refund query, auth codes, agreements and notifications. A payment's next step is always a
// paymentUrl, whatever the channel, or a choice of methods where the provider offers
// some.
//
// Quirks worth knowing when copying this folder:
//
//   - Payment URLs are often longer than 255 characters and contain %2B; decoding and encoding
//     them again breaks them.
//   - Answers are signed like requests. One that does not verify proves nothing, so it is
//     Unknown, whatever its HTTP status.
//   - The signed path is the part below the base URL; in a notification it is the
//     path and query of the notify URL.
//   - A capture may be partial and happens once; the rest is released.
//   - A renewed agreement has other tokens, and the former ones are no longer valid even when the
//     answer was lost. Ending takes any token that the agreement ever had.
//   - Queries may not show the effect of a call for a while: [Config.Lag].
//   - A payment may get another id when it is paid. Our request ID decides whose money it is; the
//     provider lists the former id in otherIds.
//   - A notification may have several events, and may name a payment or refund by the provider's
//     own id alone.
//   - A repeat of a request whose answer was lost may be refused although the request was
//     executed, so a status query is sent before a refusal counts.
package sandbox
