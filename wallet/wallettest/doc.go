// Package wallettest is the suite every wallet passes.
//
//	func harness(tb testing.TB) *wallettest.Subject { … }
//
//	func TestConformance(t *testing.T)  { wallettest.Run(t, harness) }
//	func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness) }
//
// A harness opens the wallet beside a [Provider] that plays the far side, usually the
// wallet's simulator. Between the two lies a [Line], which loses, cuts and garbles
// HTTP, so no simulator has to.
//
//	suite ── CreatePayment ──► wallet ── HTTP ──► Line ──► provider's server
//	suite ── Settle, Notifications, Books ──────────────► Provider
//
// Capabilities are found by [wallet.As], and what is absent is skipped aloud, as is
// what a Provider answers with errors.ErrUnsupported. The suite only asks what holds
// for every wallet; that one wallet cannot cancel, has no status in its
// notifications, approves refunds by hand or knows one currency is said in [Subject].
package wallettest
