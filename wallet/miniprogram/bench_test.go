package miniprogram_test

import (
	"testing"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

func BenchmarkParseNotification(b *testing.B) {
	s := open(b, "gcash")
	body := []byte(published)
	h := s.provider.Sign("/notify/wallet", body)
	d := wallet.Delivery{Method: "POST", Path: "/notify/wallet", Header: h, Body: body, ReceivedAt: signedAt(h)}
	w := s.wallet.(*miniprogram.Wallet)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := w.ParseNotification(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodePay(b *testing.B) {
	w := openWallet(b, settings(b, "generic-v2", "https://wallet.example"), wallet.Env{})
	req := request(requestULID+"P1", "USD")
	b.ReportAllocs()
	for b.Loop() {
		w.EncodePay(req)
	}
}
