package wire_test

import (
	"errors"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

func TestAmountsThatAreSentToNoProvider(t *testing.T) {
	for _, c := range []struct {
		m     wallet.Money
		field string // empty: fine
	}{
		{usd(1), ""},
		{usd(0), "amount"},
		{usd(-1), "amount"},
		{wallet.Money{Minor: 1}, "amount.currency"},
		{wallet.Money{Minor: 1, Currency: "XXX"}, "amount.currency"},
	} {
		err := wire.CheckAmount("test.Pay", c.m)
		if c.field == "" && err == nil {
			continue
		}
		f := fault.Of(err)
		if f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Name != c.field {
			t.Errorf("%v: got %v, want a mistake in %q", c.m, err, c.field)
		}
	}
}

func TestNotificationsAreBounded(t *testing.T) {
	clock := func() time.Time { return now }
	arrived := now.Add(-time.Hour)
	for name, c := range map[string]struct {
		size     int
		received time.Time
		want     time.Time // zero: too large
	}{
		"the largest":              {64 << 10, arrived, arrived},
		"a byte more":              {64<<10 + 1, arrived, time.Time{}},
		"one without its own time": {10, time.Time{}, now},
	} {
		got, err := wire.Arrived("test.Parse", wallet.Delivery{Body: make([]byte, c.size), ReceivedAt: c.received}, 64, clock)
		if !got.Equal(c.want) || errors.Is(err, fault.TooLarge) != c.want.IsZero() {
			t.Errorf("%s: got %v and %v, want %v", name, got, err, c.want)
		}
	}
}

func TestAllMistakesAreReportedTogether(t *testing.T) {
	var m wire.Mistakes
	if err := m.Fault("test.Open", "Not configured."); err != nil {
		t.Fatalf("no mistake: got %v", err)
	}
	m.Check(true, "right", "is fine")
	m.Check(false, "baseUrl", wire.BaseDetail)
	m.AddFault("none", nil)
	m.AddFault("key", fault.New(fault.Invalid, "signing.NewHMAC", "The key is short."))
	m.Add("lag", "must not be negative")
	f := fault.Of(m.Fault("test.Open", "Not configured."))
	if f.Kind != fault.Invalid || f.Op != "test.Open" || f.Detail != "Not configured." || len(f.Fields) != 3 {
		t.Fatalf("got %+v, want three mistakes", f)
	}
	for i, want := range []fault.Field{
		{Name: "baseUrl", Detail: wire.BaseDetail}, {Name: "key", Detail: "The key is short."}, {Name: "lag", Detail: "must not be negative"},
	} {
		if f.Fields[i] != want {
			t.Errorf("got %+v, want %+v", f.Fields[i], want)
		}
	}
}
