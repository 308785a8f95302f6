package wallet_test

import (
	"context"
	"testing"

	"github.com/minitill/minitill/wallet"
)

// plain is a wallet with queries and voids.
type plain struct{}

func (*plain) CreatePayment(context.Context, wallet.PaymentRequest) (wallet.Payment, error) {
	return wallet.Payment{}, nil
}
func (*plain) QueryPayment(context.Context, wallet.Ref) (wallet.Payment, error) {
	return wallet.Payment{}, nil
}
func (*plain) Void(context.Context, wallet.VoidRequest) (wallet.Payment, error) {
	return wallet.Payment{}, nil
}
func (*plain) Pace() wallet.Pace { return wallet.Pace{} }

// limited is one whose settings decide whether it can void.
type limited struct {
	plain
	voids bool
}

func (l *limited) Lacks(c wallet.Capability) bool { return c == wallet.CanVoid && !l.voids }

func TestACapabilityIsOfTheTypeUnlessTheSettingsRemoveIt(t *testing.T) {
	for _, c := range []struct {
		name                string
		wallet              wallet.Wallet
		query, void, cancel bool
	}{
		{"a wallet of a type alone", new(plain), true, true, false},
		{"settings that remove it", new(limited), true, false, false},
		{"settings that leave it", &limited{voids: true}, true, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			has := map[wallet.Capability]bool{}
			for _, row := range wallet.Capabilities {
				has[row.Capability] = row.Of(c.wallet)
			}
			_, query := wallet.As[wallet.Querier](c.wallet)
			_, void := wallet.As[wallet.Voider](c.wallet)
			_, cancel := wallet.As[wallet.Canceler](c.wallet)
			if query != c.query || void != c.void || cancel != c.cancel {
				t.Errorf("As: got query %t, void %t, cancel %t; want %t, %t, %t", query, void, cancel, c.query, c.void, c.cancel)
			}
			if has[wallet.CanQuery] != query || has[wallet.CanVoid] != void || has[wallet.CanCancel] != cancel {
				t.Errorf("Of: got %v, want what As says", has)
			}
		})
	}
}

// quiet is a wallet whose settings remove its notifications.
type quiet struct{ plain }

func (*quiet) ParseNotification(context.Context, wallet.Delivery) (wallet.Notification, error) {
	return wallet.Notification{}, nil
}
func (*quiet) Reply(wallet.Delivery, error) wallet.Reply { return wallet.Reply{} }
func (*quiet) NotifiesByPaymentID() bool                 { return true }
func (*quiet) Lacks(c wallet.Capability) bool            { return c == wallet.CanNotify }

func TestAnInterfaceThatEmbedsACapabilityIsRemovedWithIt(t *testing.T) {
	if _, ok := wallet.As[wallet.Notifier](new(quiet)); ok {
		t.Error("got a Notifier, want none")
	}
	if _, ok := wallet.As[wallet.PaymentIDNotifier](new(quiet)); ok {
		t.Error("got a PaymentIDNotifier, want none")
	}
}

func TestWhatIsNoCapabilityOfTheTableIsFoundByTypeAlone(t *testing.T) {
	if _, ok := wallet.As[wallet.Paced](new(limited)); !ok {
		t.Error("got no pace, want that of the type")
	}
}

func TestEveryCapabilityHasAMeaningAndATypeOfItsOwn(t *testing.T) {
	seen := map[any]wallet.Capability{}
	for _, row := range wallet.Capabilities {
		if other, twice := seen[row.Type]; twice || row.Capability == "" || row.Meaning == "" {
			t.Errorf("%q has the meaning %q and the type of %q", row.Capability, row.Meaning, other)
		}
		seen[row.Type] = row.Capability
	}
}
