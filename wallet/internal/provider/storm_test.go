package provider_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

// witness receives messages of a storm, some of which it refuses, and keeps what it has
// taken of each box.
type witness struct {
	mu       sync.Mutex
	received int
	taken    map[string][]string // texts by box
}

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	status := http.StatusServiceUnavailable
	if w.received++; w.received%7 != 0 {
		status = http.StatusOK
		for text := range strings.SplitSeq(string(body), "+") {
			box, number, _ := strings.Cut(text, ":")
			w.taken[box] = append(w.taken[box], number)
		}
	}
	return &http.Response{StatusCode: status, Body: http.NoBody, Request: r}, nil
}

// Run, rounds and Deliver are at the same notices at the same time.
func TestInAStormEachNoticeIsTakenOnceAndInOrder(t *testing.T) {
	const boxes, each = 40, 200
	w := &witness{taken: make(map[string][]string)}
	f := newFar(t, func(d *provider.Delivery[string]) {
		d.Now, d.HTTP, d.Acknowledged = time.Now, &http.Client{Transport: w}, nil
		d.Ladder = provider.Ladder{Gaps: make([]time.Duration, 50)}
	})
	f.faults.Inject(
		provider.Rule{Fault: provider.BatchEvents, Rate: 0.4, Delay: time.Millisecond},
		provider.Rule{Fault: provider.DelayNotification, Rate: 0.2, Delay: time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	var senders sync.WaitGroup
	for box := range boxes {
		senders.Go(func() {
			name := fmt.Sprint(box)
			for i := range each {
				f.notify(name, fmt.Sprintf("%s:%d", name, i))
				f.Deliver(ctx, name)
			}
			for f.Waiting(name) > 0 && ctx.Err() == nil {
				f.RunOnce(ctx)
			}
		})
	}
	senders.Wait()
	cancel()
	<-ended
	for box, numbers := range w.taken {
		for i, got := range numbers {
			if got != fmt.Sprint(i) {
				t.Fatalf("box %s: notice %s was taken as the %dth", box, got, i)
			}
		}
		if len(numbers) != each {
			t.Errorf("box %s: %d notices were taken, want %d", box, len(numbers), each)
		}
	}
	if len(w.taken) != boxes {
		t.Errorf("%d boxes were received, want %d", len(w.taken), boxes)
	}
}
