package miniprogram_test

import (
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// An RSA signature costs more than the rest of a call, so each message has one and no more.
func TestEachCallAndEachAcknowledgementIsSignedOnce(t *testing.T) {
	for _, profile := range miniprogram.Profiles() {
		t.Run(profile, func(t *testing.T) {
			s := open(t, profile)
			w := s.wallet.(*miniprogram.Wallet)
			signed := w.CountSignatures()
			count := func(what string, want int64) {
				t.Helper()
				if n := signed.Swap(0); n != want {
					t.Errorf("%s made %d signatures, want %d", what, n, want)
				}
			}
			created, err := w.CreatePayment(t.Context(), soon("SIGN1", currencies(profile)[0]))
			if err != nil {
				t.Fatal(err)
			}
			count("a create", 1)
			if _, err := w.QueryPayment(t.Context(), created.Ref); err != nil {
				t.Fatal(err)
			}
			count("a query", 1)
			w.Reply(wallet.Delivery{Method: "POST", Path: "/notify/" + profile}, nil)
			acknowledged := int64(0)
			if miniprogram.Table()[profile].SignReply {
				acknowledged = 1
			}
			count("an acknowledgement", acknowledged)
		})
	}
}
