// Package signing is the arithmetic of trust: secrets that do not print, signers
// and verifiers over exact bytes, the keys they use, and the tokens we hand out.
//
// It owns how bytes are signed and which keys may do it. What the bytes are, the
// canonical message with its methods, paths and clocks, belongs to each wallet, and
// so does the spelling of the signature in a header.
//
//	wallet ── canonical message ──► Signer.Sign ──► signature bytes ──► header
//	wallet ◄─ nil or a fault ────── Verifier.Verify ◄── keyID, message, signature
//
// A key is chosen by its id and by nothing else: an unknown id is a refusal, never a
// reason to try another key. The algorithm is a property of the key, so no message
// can choose it.
//
// [Tokens] issues and reads the project's own JSON Web Tokens:
//
//	audience  algorithm  read by       carries
//	session   HS256      only us       app, wallet, payer
//	order     HS256      only us       the same, and order, amount, payment
//	pay       HS256      only us       as order, for the hosted payment page
//	receipt   EdDSA      anyone        a final order, checked with [Tokens.JWKS]
//
// A token of one audience is never accepted as another. A [Keyring] is the document
// in which generated keys survive a restart, and it says which of them sign.
//
// A [Sealer] encrypts secrets that must be stored beside other data, each for the one
// place where it belongs.
//
// Whatever is empty, short or an evident placeholder is refused when it is read, so
// that a server without real keys does not start.
package signing
