package direct_test

import (
	"testing"

	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

func manual(near *direct.Config, _ *simulator.Config) { near.Manual = true }

// inBase64 is an account whose callbacks are signed in Base64.
func inBase64(near *direct.Config, far *simulator.Config) {
	near.MAC, far.Direct.Base64 = "base64", true
}

func TestConformance(t *testing.T) {
	for name, change := range map[string]func(*direct.Config, *simulator.Config){
		"by link": func(*direct.Config, *simulator.Config) {}, "manual": manual, "in base64": inBase64,
	} {
		t.Run(name, func(t *testing.T) { wallettest.Run(t, harness(change)) })
	}
}

func FuzzNotification(f *testing.F) { wallettest.Fuzz(f, harness()) }
