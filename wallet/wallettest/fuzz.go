package wallettest

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// Fuzz fuzzes the wallet's ParseNotification with bodies that are unsigned and, where the
// Provider is a Signer, signed. Nothing may panic, nothing unsigned may be accepted, and what
// is accepted must be usable.
func Fuzz(f *testing.F, harness Harness) {
	s := harness(f).withDefaults()
	notifier, ok := wallet.As[wallet.Notifier](s.Wallet)
	if !ok {
		f.Skip("the wallet is no Notifier")
	}
	genuine := seed(f, s)
	for _, d := range genuine {
		f.Add(d.Method, d.Path, d.Body, false)
		f.Add(d.Method, d.Path, d.Body, true)
	}
	f.Add("POST", "/", s.UnknownKind, true)
	signer, _ := s.Provider.(Signer)
	f.Fuzz(func(t *testing.T, method, path string, body []byte, signed bool) {
		d := wallet.Delivery{Method: method, Path: path, Header: genuine[0].Header.Clone(), Body: body, ReceivedAt: s.Now()}
		if signed && signer != nil {
			var err error
			if d, err = signer.Sign(t.Context(), body); err != nil {
				return
			}
		}
		notification, err := notifier.ParseNotification(t.Context(), d)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if !signed && !isGenuine(s, genuine, d) {
			t.Fatalf("an unsigned body was believed: %q", body)
		}
		seen := map[string]bool{}
		for _, event := range notification.Events {
			checkEvent(t, event)
			if seen[event.ID] {
				t.Errorf("two events of one notification have the id %q", event.ID)
			}
			seen[event.ID] = true
		}
	})
}

// seed makes a paid payment and returns the provider's notifications about it.
func seed(f *testing.F, s *Subject) []wallet.Delivery {
	payment, err := s.Wallet.CreatePayment(f.Context(), s.request(s.money(1234)))
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Provider.Settle(f.Context(), payment.Ref, Pay); err != nil {
		f.Fatal(err)
	}
	all, err := s.Provider.Notifications(f.Context(), payment.Ref)
	if err != nil || len(all) == 0 {
		f.Fatalf("got %d notifications and %v, want some", len(all), err)
	}
	return all
}

// isGenuine reports whether the signed bytes are those of a delivery of the provider.
func isGenuine(s *Subject, genuine []wallet.Delivery, d wallet.Delivery) bool {
	for _, g := range genuine {
		from, to := s.Signed.Body(g.Body)
		if bytes.Contains(d.Body, g.Body[from:to]) {
			return true
		}
	}
	return false
}

func checkRefusal(t *testing.T, err error) {
	t.Helper()
	switch kind := fault.KindOf(err); kind {
	case fault.Unauthenticated, fault.Invalid, fault.TooLarge:
	default:
		t.Errorf("got kind %s, want unauthenticated, invalid or too_large", kind)
	}
}

func checkEvent(t *testing.T, event wallet.Event) {
	t.Helper()
	if event.ID == "" {
		t.Error("an event without an id cannot be distinguished from its repeat")
	}
	for _, amount := range []wallet.Money{event.Payment.Amount, event.Payment.Captured, event.Refund.Amount} {
		if amount != (wallet.Money{}) && (amount.Currency.Valid() != nil || amount.Minor < 0) {
			t.Errorf("an event has the amount %+v", amount)
		}
		if event.Unreadable != "" && amount != (wallet.Money{}) {
			t.Errorf("an unreadable event has the amount %+v", amount)
		}
	}
	if _, err := json.Marshal(event); err != nil {
		t.Errorf("an event cannot be written as JSON: %v", err)
	}
}
