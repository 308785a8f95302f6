package miniprogram_test

import (
	"testing"

	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

func TestConformance(t *testing.T) {
	for _, profile := range miniprogram.Profiles() {
		t.Run(profile, func(t *testing.T) { wallettest.Run(t, harness(profile)) })
	}
}

func TestConformanceWithRefundsByHand(t *testing.T) {
	wallettest.Run(t, harness("rebell", func(_ *miniprogram.Config, far *simulator.Config) { far.AsyncRefunds = true }))
}

func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness("ams")) }
