// Package signing has secrets that do not print, signers and verifiers over exact bytes, the
// keys that they use, and the tokens that the till issues.
//
// # Signatures
//
// A [Signer] signs bytes with one key; a [Verifier] checks a signature with the keys that it
// knows. [HMAC] and [RSASigner] are signers; HMAC, [HMACVerifier] and [RSAVerifier] are
// verifiers. Which bytes are signed, the canonical message with its method, path and time, is
// up to each wallet, and so is the encoding of the signature in a header.
//
//	wallet ── canonical message ──► Signer.Sign ──► signature bytes ──► header
//	wallet ◄─ nil or a fault ────── Verifier.Verify ◄── keyID, message, signature
//
// A key is chosen by its id: an unknown id is refused, and no other key is tried. The
// algorithm is a property of the key, so that no message can choose it.
//
// # Keys and secrets
//
// A [Secret] prints as [redacted] wherever it appears. [ParseRSAPrivateKey] and
// [ParseRSAPublicKey] read keys in the forms in which providers hand them out. Every
// constructor refuses a key that is empty, short or a placeholder, so that a server without
// real keys does not start.
//
// # Tokens
//
// [Tokens] issues and verifies the till's own JSON Web Tokens:
//
//	audience  algorithm  verified by  content
//	session   HS256      the till     app, wallet, payer
//	order     HS256      the till     the same, and order, amount, payment
//	pay       HS256      the till     as order, for the hosted payment page
//	receipt   EdDSA      anyone       a final order, checked with [Tokens.JWKS]
//
// A token of one audience is not accepted as another. A [Sealer] encrypts secrets that are
// stored beside other data. A [Keyring] is the document in which the keys of both are kept
// over restarts and replaced step by step; a [KeyBook] records in the store which keys the
// nodes run with, so that no step is taken too early.
package signing
