package wallettest

import (
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var restrictions = []question{
	{
		"what the settings remove is Unsupported, and nothing is called",
		"any other answer would leave a refund or capture open that can never be made",
		lackingIsUnsupported,
	},
}

func lackingIsUnsupported(a *trial) {
	restricted, ok := a.Wallet.(wallet.Restricted)
	if !ok {
		a.Skip("the wallet's capabilities do not depend on its settings")
	}
	for _, c := range wallet.Capabilities {
		if !c.OfType(a.Wallet) || !restricted.Lacks(c.Capability) {
			continue
		}
		before := a.Line.Calls()
		a.isKind(a.callOf(c.Capability), string(c.Capability), fault.Unsupported)
		if a.Line.Calls() != before {
			a.wrong("the wallet was called for %s", c.Capability)
		}
	}
}

// callOf returns the error of a call of a capability, found by the wallet's type alone.
func (a *trial) callOf(c wallet.Capability) (err error) {
	ref := wallet.Ref{RequestID: requestID(), PaymentID: "1"}
	switch c {
	case wallet.CanQuery:
		_, err = a.Wallet.(wallet.Querier).QueryPayment(a.Context(), ref)
	case wallet.CanCapture:
		req := wallet.CaptureRequest{RequestID: requestID(), Payment: ref, Amount: a.money(100)}
		_, err = a.Wallet.(wallet.Capturer).Capture(a.Context(), req)
	case wallet.CanVoid:
		_, err = a.Wallet.(wallet.Voider).Void(a.Context(), wallet.VoidRequest{RequestID: requestID(), Payment: ref})
	case wallet.CanCancel:
		_, err = a.Wallet.(wallet.Canceler).Cancel(a.Context(), ref)
	case wallet.CanRefund:
		_, err = a.Wallet.(wallet.Refunder).Refund(a.Context(), a.refundRequest(wallet.Payment{Ref: ref}, 100))
	case wallet.CanQueryRefund:
		_, err = a.Wallet.(wallet.RefundQuerier).QueryRefund(a.Context(), wallet.RefundRef{RequestID: requestID(), Payment: ref})
	case wallet.CanSignIn:
		_, err = a.Wallet.(wallet.Authenticator).ExchangeAuthCode(a.Context(), "code")
	case wallet.CanChoose:
		_, err = a.Wallet.(wallet.Chooser).ChoosePayment(a.Context(), wallet.ChooseRequest{Payment: ref, Method: "method"})
	case wallet.CanAgree:
		_, err = a.Wallet.(wallet.Agreer).PrepareAgreement(a.Context(), a.agreementRequest())
	default:
		a.Fatalf("the suite does not know how to call %s", c)
	}
	return err
}
