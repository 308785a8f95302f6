package provider_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

const shopURL = "https://shop.example/n"

// far is a dispatcher of texts beside the receiver of its messages.
type far struct {
	testing.TB
	*provider.Dispatcher[string]
	faults *provider.Faults

	mu       sync.Mutex
	now      time.Time
	received []string
	gone     []string
	settled  []any
	answer   func(body string) (status int, ack string) // nil: 200 "ok"
}

func newFar(tb testing.TB, change ...func(*provider.Delivery[string])) *far {
	f := &far{TB: tb, now: time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC), faults: provider.NewFaults(declared, 1)}
	cfg := provider.Delivery[string]{
		Request: func(n *provider.Notice[string], try provider.Try) (provider.Message, error) {
			return provider.Message{Body: []byte(n.News), Header: http.Header{"Time": {try.At.Format(time.TimeOnly)}}}, nil
		},
		Batch: func(all []*provider.Notice[string], _ provider.Try) (provider.Message, error) {
			var texts []string
			for _, n := range all {
				texts = append(texts, n.News)
			}
			return provider.Message{Body: []byte(strings.Join(texts, "+"))}, nil
		},
		Acknowledged: func(a *provider.Attempt, h http.Header, body []byte) bool {
			a.Result, a.Signed = string(body), h.Get("Signed") != ""
			return a.Status == 200 && a.Result == "ok"
		},
		Settle: func(what any, _ time.Time) { f.settled = append(f.settled, what) },
		Done:   func(n *provider.Notice[string]) { f.mu.Lock(); defer f.mu.Unlock(); f.gone = append(f.gone, n.News) },
		Ladder: provider.Ladder{Gaps: []time.Duration{time.Minute, time.Hour}},
		Faults: f.faults, HTTP: &http.Client{Transport: f}, Now: f.clock,
	}
	for _, c := range change {
		c(&cfg)
	}
	f.Dispatcher = provider.NewDispatcher(cfg)
	return f
}

func (f *far) clock() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *far) forward(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

// RoundTrip receives messages.
func (f *far) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.received = append(f.received, string(body))
	answer := f.answer
	f.mu.Unlock()
	status, ack := 200, "ok"
	if answer != nil {
		status, ack = answer(string(body))
	}
	if status == 0 {
		return nil, errors.New("no answer")
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Signed": {"yes"}}, Body: io.NopCloser(strings.NewReader(ack)), Request: r}, nil
}

func (f *far) refusing(yes bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.answer = nil
	if yes {
		f.answer = func(string) (int, string) { return 503, "no" }
	}
}

func (f *far) notify(box any, texts ...string) {
	for _, text := range texts {
		f.Send(&provider.Notice[string]{Box: box, URL: shopURL, News: text, RequestID: "R" + text})
	}
}

func (f *far) round(want int) {
	f.Helper()
	if made := f.RunOnce(f.Context()); made != want {
		f.Errorf("attempts: got %d, want %d", made, want)
	}
}

func (f *far) wantReceived(want string) {
	f.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if got := strings.Join(f.received, " "); got != want {
		f.Errorf("received %q, want %q", got, want)
	}
}

func TestNoticesAreDeliveredInTheOrderInWhichTheyWereSent(t *testing.T) {
	f := newFar(t)
	f.notify("A", "a1", "a2")
	f.notify("B", "b1")
	f.notify("A", "a3")
	f.notify(nil, "c", "d")
	f.Send(&provider.Notice[string]{Box: "A", News: "without a URL"})
	if n := f.Waiting("A"); n != 3 || f.Waiting("C") != 0 {
		t.Errorf("waiting: got %d, want 3", n)
	}
	f.round(6)
	f.round(0)
	f.wantReceived("a1 a2 b1 a3 c d")
	if n := f.Waiting("A"); n != 0 || len(f.gone) != 6 {
		t.Errorf("waiting: got %d, and %q is done", n, f.gone)
	}
}

func TestARefusedNoticeDelaysItsMailboxOnly(t *testing.T) {
	f := newFar(t)
	f.answer = func(body string) (int, string) { return 200, map[bool]string{true: "ok", false: "no"}[body[0] == 'b'] }
	f.notify("A", "a1", "a2")
	f.notify("B", "b1", "b2")
	f.round(3)
	f.wantReceived("a1 b1 b2")
	f.refusing(false)
	f.forward(time.Minute - time.Millisecond)
	f.round(0)
	f.forward(time.Millisecond)
	f.round(2)
	f.wantReceived("a1 b1 b2 a1 a2")
}

func TestANoticeIsDroppedAtTheEndOfItsRetrySchedule(t *testing.T) {
	for name, c := range map[string]struct {
		ladder provider.Ladder
		pauses []time.Duration
	}{
		"gaps":              {provider.Ladder{Gaps: []time.Duration{time.Minute, time.Hour}}, []time.Duration{0, time.Minute, time.Hour}},
		"offsets":           {provider.Ladder{Offsets: []time.Duration{0, 15 * time.Second, 30 * time.Second}}, []time.Duration{0, 15 * time.Second, 15 * time.Second}},
		"a late first":      {provider.Ladder{Offsets: []time.Duration{time.Second, 15 * time.Second}}, []time.Duration{time.Second, 14 * time.Second}},
		"nothing but one":   {provider.Ladder{}, []time.Duration{0}},
		"a hundred as fast": {provider.Ladder{Gaps: []time.Duration{time.Minute}, Scale: 0.01}, []time.Duration{0, 600 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t, func(d *provider.Delivery[string]) { d.Ladder = c.ladder })
			f.refusing(true)
			f.notify("A", "a")
			for _, pause := range c.pauses {
				if pause > 0 {
					f.forward(pause - time.Millisecond)
					f.round(0)
					f.forward(time.Millisecond)
				}
				f.round(1)
			}
			f.forward(1000 * time.Hour)
			f.round(0)
			if !slices.Equal(f.gone, []string{"a"}) || f.Waiting("A") != 0 {
				t.Errorf("given up: got %q, waiting %d", f.gone, f.Waiting("A"))
			}
			if all := f.Attempts(); len(all) != len(c.pauses) || all[len(all)-1].Number != len(c.pauses) {
				t.Errorf("attempts: got %+v", all)
			}
		})
	}
}

func TestAnOffsetThatHasPassedIsDueInTheNextRound(t *testing.T) {
	f := newFar(t, func(d *provider.Delivery[string]) {
		d.Ladder = provider.Ladder{Offsets: []time.Duration{0, time.Second}}
	})
	f.refusing(true)
	f.notify("A", "a")
	f.forward(time.Hour)
	f.round(1)
	f.round(0)
	f.forward(time.Millisecond)
	f.round(1)
}

func TestANoticeForOnceIsNotRepeated(t *testing.T) {
	f := newFar(t)
	f.refusing(true)
	f.notify("A", "a")
	f.round(1)
	f.Send(&provider.Notice[string]{URL: shopURL, News: "again", Once: true})
	f.round(1) // beside the one that waits for its ladder
	f.wantReceived("a again")
	f.forward(time.Minute)
	f.round(1)
	f.wantReceived("a again a")
}

func TestEachAttemptIsBuiltAnewOrLikeTheFirst(t *testing.T) {
	for again, want := range map[bool]string{false: "12:01:00 12:00:00, 13:01:00 12:00:00", true: "12:00:00 12:00:00, 12:00:00 12:00:00"} {
		var firsts []string
		f := newFar(t, func(d *provider.Delivery[string]) {
			anew := d.Request
			d.Request = func(n *provider.Notice[string], try provider.Try) (provider.Message, error) {
				if try.First == nil {
					return anew(n, try)
				}
				firsts = append(firsts, try.First.Header.Get("Time"))
				if again {
					return *try.First, nil
				}
				return anew(n, try)
			}
		})
		f.refusing(true)
		f.notify("A", "a")
		for _, pause := range []time.Duration{0, time.Minute, time.Hour} {
			f.forward(pause)
			f.round(1)
		}
		all := f.Attempts()
		got := all[1].Header.Get("Time") + " " + firsts[0] + ", " + all[2].Header.Get("Time") + " " + firsts[1]
		if got != want || all[2].URL != shopURL {
			t.Errorf("like the first %v: got %s at %s, want %s", again, got, all[2].URL, want)
		}
	}
}

func TestAnAttemptThatCannotBeBuiltIsATry(t *testing.T) {
	f := newFar(t, func(d *provider.Delivery[string]) {
		d.Request = func(*provider.Notice[string], provider.Try) (provider.Message, error) {
			return provider.Message{}, errors.New("no key")
		}
		d.Ladder = provider.Ladder{}
	})
	f.notify("A", "a")
	f.round(1)
	if all := f.Attempts(); len(all) != 1 || all[0].Err != "no key" || len(f.gone) != 1 {
		t.Errorf("got %+v", all)
	}
}

func TestTheAnswerIsJudgedByTheWallet(t *testing.T) {
	f := newFar(t)
	f.notify("A", "a")
	f.round(1)
	a := f.Attempts()[0]
	if a.RequestID != "Ra" || a.URL != shopURL || a.Body != "a" || a.Status != 200 || a.Result != "ok" || !a.Signed || !a.Acknowledged {
		t.Errorf("got %+v", a)
	}
	f.answer = func(string) (int, string) { return 0, "" }
	f.notify("A", "b")
	f.round(1)
	if a := f.Attempts()[1]; a.Status != 0 || a.Err == "" || a.Acknowledged {
		t.Errorf("without an answer: got %+v", a)
	}
	f.answer = func(string) (int, string) { return 200, strings.Repeat("x", 64<<10+1) }
	f.notify("C", "c")
	f.round(1)
	if a := f.Attempts()[2]; len(a.Result) != 64<<10 {
		t.Errorf("of a long answer %d bytes were read, want 64 KiB", len(a.Result))
	}
}

func TestAWalletThatJudgesNothingTakesAny2xx(t *testing.T) {
	for status, want := range map[int]bool{200: true, 204: true, 301: false, 404: false, 500: false} {
		f := newFar(t, func(d *provider.Delivery[string]) { d.Acknowledged = nil })
		f.answer = func(string) (int, string) { return status, "" }
		f.notify("A", "a")
		f.round(1)
		if got := f.Attempts()[0].Acknowledged; got != want {
			t.Errorf("%d: got %v, want %v", status, got, want)
		}
	}
}

func TestTheLogKeepsTheLatestAttempts(t *testing.T) {
	f := newFar(t, func(d *provider.Delivery[string]) { d.Kept = 2 })
	f.notify("A", "a", "b", "c", "d", "e")
	f.round(5)
	if all := f.Attempts(); len(all) != 2 || all[0].Body != "d" || all[1].Body != "e" {
		t.Errorf("got %+v", all)
	}
}

func TestFaultsOfNews(t *testing.T) {
	for _, c := range []struct {
		fault       provider.Fault
		made        int
		now, anHour string // received at once, and in the hour after that
	}{
		{provider.LoseNotification, 1, "a2", "a2"},
		{provider.DoubleNotification, 3, "a1 a1 a2", "a1 a1 a2"},
		{provider.DelayNotification, 0, "", "a1 a2"},
		{provider.ReorderNotification, 1, "a2", "a2 a1"},
		{wrongDigit, 2, "a1 a2", "a1 a2"},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			f := newFar(t)
			f.faults.Inject(provider.Rule{Fault: c.fault, Endpoint: provider.Notify, Times: 1, Delay: time.Hour})
			f.notify("A", "a1", "a2")
			f.round(c.made)
			f.wantReceived(c.now)
			f.forward(time.Hour - time.Millisecond)
			f.round(0)
			f.forward(time.Millisecond)
			f.RunOnce(t.Context())
			f.wantReceived(c.anHour)
			if c.fault != provider.DelayNotification && c.fault != provider.ReorderNotification && f.Attempts()[0].Fault != c.fault {
				t.Errorf("the first attempt: got %+v", f.Attempts()[0])
			}
			if f.Waiting("A") != 0 || len(f.gone) != 2 {
				t.Errorf("waiting %d, done %q", f.Waiting("A"), f.gone)
			}
		})
	}
}

func TestADelayUsesNoAttempt(t *testing.T) {
	f := newFar(t, func(d *provider.Delivery[string]) { d.Ladder, d.Delay = provider.Ladder{}, time.Minute })
	f.faults.Inject(provider.Rule{Fault: provider.DelayNotification, Times: 3})
	f.notify("A", "a")
	for range 3 {
		f.round(0)
		f.forward(time.Minute)
	}
	f.round(1)
	f.wantReceived("a")
}

func TestRemindedRecordsAreVisitedWhenTheirTimeComes(t *testing.T) {
	f := newFar(t)
	f.Remind("late", f.now.Add(2*time.Second+time.Microsecond))
	f.Remind("soon", f.now.Add(time.Second))
	f.forward(2 * time.Second)
	f.round(0)
	if !slices.Equal(f.settled, []any{"soon"}) {
		t.Errorf("after two seconds: got %v", f.settled)
	}
	f.forward(time.Millisecond)
	f.round(0)
	f.round(0)
	if !slices.Equal(f.settled, []any{"soon", "late"}) {
		t.Errorf("in the end: got %v", f.settled)
	}
}

func TestChangesByTimeAreNotifiedInTheSameRound(t *testing.T) {
	var f *far
	f = newFar(t, func(d *provider.Delivery[string]) { d.Settle = func(any, time.Time) { f.notify("A", "expired") } })
	f.Remind("A", f.now)
	f.round(1)
	f.wantReceived("expired")
}

func TestNothingIsSentBeforeItIsOnDisk(t *testing.T) {
	failing := true
	f := newFar(t, func(d *provider.Delivery[string]) {
		d.Durable = func(*provider.Notice[string]) error {
			if failing {
				return errors.New("disk full")
			}
			return nil
		}
	})
	f.notify("A", "a")
	f.round(0)
	f.wantReceived("")
	failing = false
	f.forward(time.Minute)
	f.round(1)
	f.wantReceived("a")
}

func TestNewsCanBePutRightBehindWhatIsBeingSent(t *testing.T) {
	var f *far
	f = newFar(t, func(d *provider.Delivery[string]) {
		plain := d.Request
		d.Request = func(n *provider.Notice[string], try provider.Try) (provider.Message, error) {
			if try.Rule.Fault == wrongDigit {
				f.SendBehind(n, &provider.Notice[string]{URL: shopURL, News: "not " + n.News})
			}
			return plain(n, try)
		}
	})
	f.faults.Inject(provider.Rule{Fault: wrongDigit, Endpoint: provider.Notify, Times: 1})
	f.notify("A", "a1", "a2")
	f.round(3)
	f.wantReceived("a1 not a1 a2")
}
