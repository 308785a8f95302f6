package wallet_test

import (
	"testing"

	"github.com/minitill/minitill/wallet"
)

func TestCardNumbersAreRecognised(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"4111111111111111": true, "4111 1111 1111 1111": true, "4111-1111-1111-1111": true,
		"\uff14111111111111111": true, "378282246310005": true, "6304000000000000": true,
		"4111111111111112": false, "41111111111": false, "tok_4111111111111111": false, "": false,
		"411111111111111111111": false, "card": false,
	} {
		if got := wallet.IsCardNumber(text); got != want {
			t.Errorf("IsCardNumber(%q) = %v, want %v", text, got, want)
		}
	}
}
