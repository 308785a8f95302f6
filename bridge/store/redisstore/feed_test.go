package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

func orderIDs(t testing.TB, n int) []bridge.OrderID {
	t.Helper()
	ids := make([]bridge.OrderID, n)
	for i := range ids {
		id, err := bridge.NewOrderID(time.Now(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	return ids
}

// subscribe receives from a store until the test ends.
func subscribe(t testing.TB, s *Store) <-chan bridge.OrderID {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	woken, ended := make(chan bridge.OrderID, feedBuffer), make(chan error, 1)
	wake := func(id bridge.OrderID) {
		select { // as a subscriber must, it never blocks
		case woken <- id:
		default:
		}
	}
	go func() { ended <- s.Subscribe(ctx, wake) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Subscribe: got %v, want canceled", err)
		}
		if s.Healthy() {
			t.Error("Healthy without a subscriber: got true, want false")
		}
	})
	return woken
}

// until waits for a state that others bring about.
func until(condition func() bool) {
	for !condition() {
		runtime.Gosched()
	}
}

func TestPublishedOrdersWakeEverySubscriber(t *testing.T) {
	v := startServer(t)
	here, _ := open(t, v.url)
	there, _ := open(t, v.url)
	wakesHere, wakesThere := subscribe(t, here), subscribe(t, there)
	until(func() bool { return here.Healthy() && there.Healthy() })
	ids := orderIDs(t, 300)
	here.Publish(ids...)
	for i, want := range ids {
		for _, woken := range []<-chan bridge.OrderID{wakesHere, wakesThere} {
			if got := <-woken; got != want {
				t.Fatalf("wake-up %d: got %s, want %s", i, got, want)
			}
		}
	}
}

func TestTheEmbeddedRedisWakesItsOwnProcess(t *testing.T) {
	s, _ := open(t, "")
	woken := subscribe(t, s)
	until(s.Healthy)
	ids := orderIDs(t, 300)
	s.Publish(ids...)
	for i, want := range ids {
		if got := <-woken; got != want {
			t.Fatalf("wake-up %d: got %s, want %s", i, got, want)
		}
	}
}

func TestAMessageThatIsNoOrderWakesNoSubscriber(t *testing.T) {
	id := orderIDs(t, 1)[0]
	var woken []bridge.OrderID
	wakeAll("  nonsense ord_1 "+string(id)+" ", func(id bridge.OrderID) { woken = append(woken, id) })
	if len(woken) != 1 || woken[0] != id {
		t.Errorf("woken: got %v, want %s alone", woken, id)
	}
}

// redisGone names the ways in which a Redis can be taken from a store and given back.
var redisGone = map[string]func(t *testing.T) (s *Store, c *clock, take, give func()){
	"embedded": func(t *testing.T) (*Store, *clock, func(), func()) {
		s, c := open(t, "")
		return s, c, s.embedded.stop, func() {
			s.embedded.door.Lock()
			defer s.embedded.door.Unlock()
			s.embedded.down = false
		}
	},
	"real": func(t *testing.T) (*Store, *clock, func(), func()) {
		v := startServer(t)
		s, c := open(t, v.url)
		return s, c, func() { v.stop() }, v.start
	},
}

func TestWithoutRedisEverythingIsUnavailableAndComesBack(t *testing.T) {
	for name, gone := range redisGone {
		t.Run(name, func(t *testing.T) {
			s, clock, take, give := gone(t)
			woken := subscribe(t, s)
			until(s.Healthy)
			take()
			for range 3 {
				wantAllUnavailable(t, s, clock)
			}
			until(func() bool { return !s.listening.Load() })
			s.Publish(orderIDs(t, 2*feedBuffer)...) // more than fits, without a subscriber
			give()
			until(func() bool {
				clock.move(retryPause)
				_, err := s.Once(context.Background(), "again", "1", time.Hour)
				return err == nil && s.Healthy()
			})
			id := orderIDs(t, 1)[0]
			until(func() bool {
				s.Publish(id)
				return drained(woken, id)
			})
		})
	}
}

// drained takes what has come and reports whether id was among it.
func drained(woken <-chan bridge.OrderID, id bridge.OrderID) bool {
	for {
		select {
		case got := <-woken:
			if got == id {
				return true
			}
		default:
			return false
		}
	}
}

func wantAllUnavailable(t *testing.T, s *Store, clock *clock) {
	t.Helper()
	ctx := context.Background()
	for name, command := range map[string]func() error{
		"Once":  func() error { _, err := s.Once(ctx, "a", "1", time.Minute); return err },
		"Allow": func() error { _, _, err := s.Allow(ctx, "k", Limit{N: 1, Per: time.Minute}); return err },
	} {
		clock.move(retryPause)
		if err := command(); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: got %v, want unavailable", name, err)
		}
		if err := command(); !errors.Is(err, errPaused) {
			t.Errorf("%s right after: got %v, want no call", name, err)
		}
	}
	if s.Healthy() {
		t.Error("Healthy: got true, want false")
	}
}

func TestACanceledCallDoesNotMarkRedisAsUnavailable(t *testing.T) {
	s, _ := open(t, "")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Once(ctx, "a", "1", time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("Once: got %v, want canceled", err)
	}
	if _, err := s.Once(context.Background(), "a", "1", time.Minute); err != nil {
		t.Errorf("the next caller: got %v, want nil", err)
	}
}

func BenchmarkEmbedded(b *testing.B) {
	s, _ := open(b, "")
	ctx := context.Background()
	b.Run("Once", func(b *testing.B) {
		for b.Loop() {
			_, _ = s.Once(ctx, "a", "1", time.Hour)
		}
	})
	b.Run("Allow", func(b *testing.B) {
		for b.Loop() {
			_, _, _ = s.Allow(ctx, "k", Limit{N: 1, Per: time.Hour})
		}
	})
}
