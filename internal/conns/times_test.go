package conns

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/bridge/limit"
)

// TestAnInactivePeerIsDisconnected at the deadline of its phase.
func TestAnInactivePeerIsDisconnected(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want time.Duration
	}{
		"before the first byte":       {"", 5 * time.Second},
		"in the middle of a header":   {"GET / HT", 5 * time.Second},
		"in a body of POST":           {"POST / HTTP/1.1\r\nHost: till\r\nContent-Length: 500\r\n\r\nhalf", 30 * time.Second},
		"in a body of GET":            {"GET / HTTP/1.1\r\nHost: till\r\nContent-Length: 500\r\n\r\nhalf", 30 * time.Second},
		"in a body of HEAD":           {"HEAD / HTTP/1.1\r\nHost: till\r\nContent-Length: 500\r\n\r\n", 30 * time.Second},
		"in a body of unknown length": {"PUT / HTTP/1.1\r\nHost: till\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 30 * time.Second},
		"after an answer":             {"GET / HTTP/1.1\r\nHost: till\r\n\r\n", 2 * time.Minute},
		"in the second of a pipeline": {"GET / HTTP/1.1\r\nHost: till\r\n\r\nGET / HT", 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			read := func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					w.WriteHeader(http.StatusBadRequest)
				}
			}
			run(t, read, nil, func(w *world) {
				c := w.dial("192.0.2.1")
				c.Say(test.text)
				if got := c.lasts(); got < test.want || got > test.want+time.Second {
					t.Errorf("disconnected after %s, want %s", got, test.want)
				}
			})
		})
	}
}

// TestAnUnreadBodyHoldsNoConnection covers handlers that answer without reading the body.
func TestAnUnreadBodyHoldsNoConnection(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "POST"} {
		run(t, ok, nil, func(w *world) {
			c := w.dial("192.0.2.1")
			c.Say(method + " / HTTP/1.1\r\nHost: till\r\nContent-Length: 500\r\n\r\n")
			if got := c.lasts(); got > 31*time.Second {
				t.Errorf("%s: held for %s", method, got)
			}
		})
	}
}

func TestAnAnswerThatThePeerDoesNotReadIsEnded(t *testing.T) {
	var ended chan error
	long := func(w http.ResponseWriter, _ *http.Request) {
		_, err := w.Write(make([]byte, 1<<20))
		ended <- err
	}
	run(t, long, nil, func(w *world) {
		ended = make(chan error, 1)
		c := w.dial("192.0.2.1")
		began := time.Now()
		c.Get("/")
		if err := <-ended; err == nil || time.Since(began) != 90*time.Second {
			t.Errorf("after %s: got %v, want that it ended after 90 s", time.Since(began), err)
		}
	})
}

func TestAPipelineWhoseAnswersAreNotReadIsEnded(t *testing.T) {
	run(t, ok, nil, func(w *world) {
		c := w.dial("192.0.2.1")
		c.Say(strings.Repeat("GET / HTTP/1.1\r\nHost: till\r\n\r\n", 1000))
		time.Sleep(95 * time.Second) // of the bubble's clock
		synctest.Wait()
		if left := len(w.server.connections()); left != 0 {
			t.Errorf("%d connections are held", left)
		}
	})
}

// TestAnAnswerThatIsHeldBackRenewsItsTime: it may last far longer than others.
func TestAnAnswerThatIsHeldBackRenewsItsTime(t *testing.T) {
	places := limit.NewPlaces(limit.PlaceLimits{}, nil)
	const long = 14 * time.Minute
	hold := func(w http.ResponseWriter, r *http.Request) {
		release, err := places.Hold(w, limit.Holder{Order: "ord_1"}, long)
		if err != nil {
			t.Error(err)
			return
		}
		defer release()
		select {
		case <-time.After(long):
			_, _ = io.WriteString(w, "news")
		case <-r.Context().Done():
			t.Error("the request was canceled")
		}
	}
	run(t, hold, nil, func(w *world) {
		c := w.dial("192.0.2.1")
		c.Get("/")
		if resp, body := c.Answer(); resp.StatusCode != 200 || body != "news" {
			t.Errorf("got %d %q", resp.StatusCode, body)
		}
	})
}

// TestARequestThatTakesLongIsNotCanceled by the deadline for sending it.
func TestARequestThatTakesLongIsNotCanceled(t *testing.T) {
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: till\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: till\r\nContent-Length: 2\r\n\r\n{}",
	} {
		slow := func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-time.After(50 * time.Second):
			case <-r.Context().Done():
				t.Error("the request was canceled")
			}
		}
		run(t, slow, nil, func(w *world) {
			c := w.dial("192.0.2.1")
			c.Say(request)
			c.Want(200)
		})
	}
}

func TestABodyHasABound(t *testing.T) {
	read := func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}
	for _, method := range []string{"GET", "POST"} {
		run(t, read, nil, func(w *world) {
			c := w.dial("192.0.2.1")
			c.Say(method + " / HTTP/1.1\r\nHost: till\r\nContent-Length: 1025\r\n\r\n" + strings.Repeat("x", 1025))
			c.Want(413)
		})
	}
}
