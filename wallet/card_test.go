package wallet_test

import (
	"testing"

	"github.com/minitill/minitill/wallet"
)

func TestWhatMayBeACardNumberIsRecognised(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"4111111111111111": true, "4111 1111 1111 1111": true, "4111-1111-1111-1111": true, "4111.1111.1111.1111": true,
		"\uff14111111111111111": true, "378282246310005": true, "6304000000000000": true, "4111111111111112": true,
		"4111\u20131111\u20131111\u20131111": true, "411111111111": true,
		"41111111111": false, "tok_4111111111111111": false, "": false, "41111111111111111111": false, "card": false,
		"411111111111x": false,
	} {
		if got := wallet.MayBeCardNumber(text); got != want {
			t.Errorf("MayBeCardNumber(%q) = %v, want %v", text, got, want)
		}
	}
}
