package redotpay_test

import (
	"testing"

	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// byMethods is an account of the Open-API flow.
func byMethods(near *redotpay.Config, far *simulator.Config) {
	near.Flow, far.Methods = "openApi", simulator.DefaultMethods
}

// trusting is an account whose verified webhooks count at once.
func trusting(near *redotpay.Config, _ *simulator.Config) { near.TrustNotifications = true }

// withoutRefunds is an account whose refunds are not configured.
func withoutRefunds(near *redotpay.Config, _ *simulator.Config) {
	near.Refund = redotpay.RefundConfig{}
}

func TestConformance(t *testing.T) {
	for name, change := range map[string]func(*redotpay.Config, *simulator.Config){
		"paylink": func(*redotpay.Config, *simulator.Config) {}, "open-api": byMethods, "trusting": trusting, "without refunds": withoutRefunds,
	} {
		t.Run(name, func(t *testing.T) { wallettest.Run(t, harness(change)) })
	}
}

func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness()) }
