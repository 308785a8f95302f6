package simulator_test

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet/sandbox/simulator"
)

// BenchmarkPaidAndNotified is a payment from create to its delivered notification, through
// the journal and Run, with 64 payers at a time and no network.
func BenchmarkPaidAndNotified(b *testing.B) {
	s := &till{TB: b, clock: newClock()}
	s.clock.Advance(time.Since(s.clock.Now()))
	var reported sync.WaitGroup
	s.answer = func(notice) (int, string) {
		reported.Done()
		return 200, `{"code":"OK"}`
	}
	s.reopen(simulator.Config{
		PublicURL: publicURL, KeyID: keyID, Key: signing.NewSecret(key), Now: time.Now,
		HTTP: &http.Client{Transport: s}, Journal: filepath.Join(b.TempDir(), "journal"),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	var number atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := name(int(number.Add(1)))
			reported.Add(1)
			s.create(id)
			s.settle(id, "pay")
		}
	})
	reported.Wait()
	b.StopTimer()
	cancel()
	<-ended
}
