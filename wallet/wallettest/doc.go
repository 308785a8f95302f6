// Package wallettest is the suite that every wallet passes.
//
//	func harness(tb testing.TB) *wallettest.Subject { … }
//
//	func TestConformance(t *testing.T)  { wallettest.Run(t, harness) }
//	func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness) }
//
// A harness opens the wallet beside a [Provider] that controls the provider's side: the
// wallet's simulator, or a double. Between the two is a [Line], which loses, cuts and alters
// HTTP, so that no simulator has to.
//
//	suite ── CreatePayment ──► wallet ── HTTP ──► Line ──► provider's server
//	suite ── Settle, Notifications, Books ──────────────► Provider
//
// A [Subject] says what is special to the wallet: that it has no signed answers, that its
// refunds wait for an operator, which currencies it takes. The suite finds capabilities by
// [wallet.As] and the abilities of a Provider by its interfaces, such as [Refuser] and
// [Signer]. A question that needs what is absent is skipped with a message; read these
// messages, since each is something that was not tested. A failure says what was tested, what
// came, and the reason for the test.
//
// docs/new-wallet.md has a harness and a double in full. [Inbox], [Receive] and [Witness] are for
// tests beside the suite.
package wallettest
