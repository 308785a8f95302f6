package miniprogram

import "github.com/minitill/minitill/wallet"

// Lacks reports what the profile does not support: agreements, holding money and closing payments.
// The engine ends an order by canceling its payment where the wallet can, so a profile that
// cannot must say so, or its orders would stay open.
func (w *Wallet) Lacks(c wallet.Capability) bool {
	switch c {
	case wallet.CanAgree:
		return !w.profile.CanAgree
	case wallet.CanCapture, wallet.CanVoid:
		return !w.profile.CanHold
	case wallet.CanCancel:
		return !w.profile.CanCancel
	}
	return false
}
