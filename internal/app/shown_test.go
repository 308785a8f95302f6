package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/sandbox"
)

func TestSettingsAreShownWithoutTheirSecrets(t *testing.T) {
	version := 2
	c := config{Wallets: map[string]walletConfig{
		"one": {"sandbox", &sandbox.Config{BaseURL: "https://ann:hunter2@wallet.example", KeyID: "k1", Key: signing.NewSecret("hunter3hunter3hunter3"), Lag: time.Minute}},
		"two": {"miniprogram", &miniprogram.Config{
			Profile: "gcash", PrivateKey: signing.NewSecret("hunter4"), KeyVersion: &version, Currencies: []string{"PHP", "USD"}, WalletKeys: []miniprogram.WalletKey{{}},
		}},
	}}
	all := c.shownSettings()
	for _, want := range [][2]string{{"type", "sandbox"}, {"baseUrl", "https://ann:xxxxx@wallet.example"}, {"keyId", "k1"}, {"key", hidden}, {"lag", "1m0s"}} {
		if !slices.Contains(all["one"], console.Setting{Name: want[0], Value: want[1]}) {
			t.Errorf("%v lack %v", all["one"], want)
		}
	}
	for _, want := range [][2]string{{"profile", "gcash"}, {"privateKey", hidden}, {"keyVersion", "2"}, {"currencies", "PHP, USD"}, {"walletKeys", hidden}} {
		if !slices.Contains(all["two"], console.Setting{Name: want[0], Value: want[1]}) {
			t.Errorf("%v lack %v", all["two"], want)
		}
	}
	if text := fmt.Sprint(all); strings.Contains(text, "hunter") {
		t.Errorf("a secret is shown: %s", text)
	}
}
