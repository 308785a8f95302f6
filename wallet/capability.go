package wallet

import (
	"reflect"
	"slices"
)

// Capability names what a wallet may be able to do beyond CreatePayment. The merchant API
// and the documentation use these names.
type Capability string

// The capabilities that are shown to people and merchants.
const (
	CanQuery       Capability = "query"
	CanCapture     Capability = "capture"
	CanVoid        Capability = "void"
	CanCancel      Capability = "cancel"
	CanRefund      Capability = "refund"
	CanQueryRefund Capability = "refundQuery"
	CanSignIn      Capability = "signIn"
	CanNotify      Capability = "notifications"
	CanChoose      Capability = "methods"
	CanAgree       Capability = "agreements"
	CanChargeToken Capability = "methodTokens"
)

// CapabilityInfo is one row of Capabilities.
type CapabilityInfo struct {
	Capability
	Meaning string       // one line, a sentence that begins with a verb
	Type    reflect.Type // the interface that a wallet with this capability implements
}

// Capabilities lists all capabilities in the order in which they are shown. The README, the
// merchant API and the OpenAPI document are generated from this table or compared with it.
var Capabilities = []CapabilityInfo{
	{CanQuery, "Answer status queries of payments.", reflect.TypeFor[Querier]()},
	{CanCapture, "Capture an authorized payment.", reflect.TypeFor[Capturer]()},
	{CanVoid, "Void an authorized payment.", reflect.TypeFor[Voider]()},
	{CanCancel, "Cancel an unpaid payment.", reflect.TypeFor[Canceler]()},
	{CanRefund, "Refund a payment.", reflect.TypeFor[Refunder]()},
	{CanQueryRefund, "Answer status queries of refunds.", reflect.TypeFor[RefundQuerier]()},
	{CanSignIn, "Identify the payer.", reflect.TypeFor[Authenticator]()},
	{CanNotify, "Send notifications.", reflect.TypeFor[Notifier]()},
	{CanChoose, "Let the payer choose a method.", reflect.TypeFor[Chooser]()},
	{CanAgree, "Charge later by an agreement.", reflect.TypeFor[Agreer]()},
	{CanChargeToken, "Charge a card by its provider's token.", reflect.TypeFor[MethodTokenCharger]()},
}

// Restricted is a wallet whose settings remove capabilities that its type has: refunds
// whose paths are not configured, a profile without agreements. A call of such a
// capability returns Unsupported and does not call the provider.
//
// The zero value of the type lacks every capability that depends on settings.
type Restricted interface {
	// Lacks reports whether the settings remove c.
	Lacks(c Capability) bool
}

// As returns w as a T, the interface of a capability or one that embeds it. ok is false when
// the type of w lacks the capability or the settings of w remove it, so callers use As in
// place of a type assertion.
func As[T any](w Wallet) (t T, ok bool) {
	t, ok = w.(T)
	if restricted, may := w.(Restricted); ok && may {
		i := slices.IndexFunc(Capabilities, func(c CapabilityInfo) bool { return reflect.TypeFor[T]().Implements(c.Type) })
		ok = i < 0 || !restricted.Lacks(Capabilities[i].Capability)
	}
	if !ok {
		var none T
		return none, false
	}
	return t, true
}

// Of reports whether w has the capability.
func (c CapabilityInfo) Of(w Wallet) bool {
	restricted, may := w.(Restricted)
	return c.OfType(w) && !(may && restricted.Lacks(c.Capability))
}

// OfType reports whether the type of w has the capability, whatever the settings of w are.
func (c CapabilityInfo) OfType(w Wallet) bool { return reflect.TypeOf(w).Implements(c.Type) }
