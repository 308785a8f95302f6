package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

func BenchmarkParseNotification(b *testing.B) {
	s := open(b)
	if _, err := s.wallet.CreatePayment(b.Context(), request("BENCH")); err != nil {
		b.Fatal(err)
	}
	if err := s.provider.Settle("BENCH", "pay"); err != nil {
		b.Fatal(err)
	}
	s.provider.RunOnce(b.Context())
	d := s.inbox.All()[0]
	b.ReportAllocs()
	b.SetBytes(int64(len(d.Body)))
	for b.Loop() {
		if _, err := s.wallet.ParseNotification(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeCreate(b *testing.B) {
	req := fullRequest()
	b.ReportAllocs()
	for b.Loop() {
		sandbox.EncodeCreate(req)
	}
}

func BenchmarkReadAnswer(b *testing.B) {
	w := openWallet(b, "https://wallet.example", wallet.Env{})
	header, err := w.SignAnswer(b.Context(), "200", []byte(goodAnswer))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.ReadPayment(b.Context(), http.StatusOK, header, []byte(goodAnswer)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCreatePayment is the adapter and net/http's client without a network.
func BenchmarkCreatePayment(b *testing.B) {
	v := openWallet(b, "https://wallet.example", wallet.Env{})
	header, err := v.SignAnswer(b.Context(), "200", []byte(goodAnswer))
	if err != nil {
		b.Fatal(err)
	}
	far := &wire{status: 200, header: header, body: goodAnswer}
	w := openWallet(b, "https://wallet.example", wallet.Env{HTTP: &http.Client{Transport: far}})
	req := fullRequest()
	req.RequestID = "R"
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.CreatePayment(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRoundTrip is a payment from create to notification over loopback HTTP, the
// provider's work included.
func BenchmarkRoundTrip(b *testing.B) {
	s := open(b)
	b.ReportAllocs()
	var n int
	for b.Loop() {
		n++
		if _, err := s.wallet.CreatePayment(b.Context(), request("R"+itoa(n))); err != nil {
			b.Fatal(err)
		}
	}
}

func fullRequest() wallet.PaymentRequest {
	req := request("01JD3ZQ5V7K8M2N4P6R8T0V2X4")
	req.Description = "Jasmine tea and a slice of cake"
	req.ExpiresAt = time.Date(2025, 11, 20, 12, 0, 0, 0, time.UTC)
	req.Payer.ID = "sc_ABCDEFGHIJKLMNOPQRSTUVWX"
	return req
}

func BenchmarkProviderCreate(b *testing.B) {
	provider, err := simulator.New(simulator.Config{PublicURL: "https://w.example", KeyID: testKeyID, Key: signing.NewSecret(testKey)})
	if err != nil {
		b.Fatal(err)
	}
	w := openWallet(b, "https://w.example", wallet.Env{HTTP: &http.Client{Transport: direct{provider}}})
	b.ReportAllocs()
	var n int
	for b.Loop() {
		n++
		if _, err := w.CreatePayment(b.Context(), request("R"+itoa(n))); err != nil {
			b.Fatal(err)
		}
	}
}
