package wallet

import (
	"reflect"
	"slices"
)

// Capability names what a wallet may be able to do beyond CreatePayment. The name stands
// in the merchant API and in the documentation.
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

// Capabilities are all of them in the order in which they are shown. The README, the
// merchant API and the OpenAPI document are made from this table or held to it.
var Capabilities = []CapabilityInfo{
	{CanQuery, "Be asked how a payment stands.", reflect.TypeFor[Querier]()},
	{CanCapture, "Take money that it holds.", reflect.TypeFor[Capturer]()},
	{CanVoid, "Let held money go.", reflect.TypeFor[Voider]()},
	{CanCancel, "Close a payment that nobody paid.", reflect.TypeFor[Canceler]()},
	{CanRefund, "Give money back.", reflect.TypeFor[Refunder]()},
	{CanQueryRefund, "Be asked how a refund stands.", reflect.TypeFor[RefundQuerier]()},
	{CanSignIn, "Tell who the payer is.", reflect.TypeFor[Authenticator]()},
	{CanNotify, "Report by itself.", reflect.TypeFor[Notifier]()},
	{CanChoose, "Let the payer choose a method.", reflect.TypeFor[Chooser]()},
	{CanAgree, "Charge later by an agreement.", reflect.TypeFor[Agreer]()},
	{CanChargeToken, "Charge a card by its provider's token.", reflect.TypeFor[MethodTokenCharger]()},
}

// Restricted is a wallet whose settings take away capabilities that its type has: refunds
// whose paths are not configured, a profile without agreements. A call of such a
// capability answers Unsupported.
//
// The zero value of the type has the fewest: what it lacks depends on settings.
type Restricted interface {
	Lacks(c Capability) bool
}

// As returns w as a T, an interface of a capability or one that embeds it, when its type has
// the capability and its settings do not take it away. Callers use it in place of a type assertion.
func As[T any](w Wallet) (T, bool) {
	t, ok := w.(T)
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

// Of says whether w has the capability.
func (c CapabilityInfo) Of(w Wallet) bool {
	restricted, may := w.(Restricted)
	return c.OfType(w) && !(may && restricted.Lacks(c.Capability))
}

// OfType says whether the type of w has the capability, whatever the settings are.
func (c CapabilityInfo) OfType(w Wallet) bool { return reflect.TypeOf(w).Implements(c.Type) }
