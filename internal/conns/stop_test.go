package conns

import (
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestAHeldSocketDoesNotDelayAStop: a peer has the time of grace once to send its request and once
// to read the answer, in whichever phase it stops.
func TestAHeldSocketDoesNotDelayAStop(t *testing.T) {
	serve := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/long" {
			_, _ = w.Write(make([]byte, 1<<20))
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}
	for name, text := range map[string]string{
		"before the first byte": "",
		"in a header":           "GET / HT",
		"in a body":             "POST / HTTP/1.1\r\nHost: till\r\nContent-Length: 500\r\n\r\nhalf",
		"in an unread answer":   "GET /long HTTP/1.1\r\nHost: till\r\n\r\n",
		"between requests":      "GET / HTTP/1.1\r\nHost: till\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			run(t, serve, nil, func(w *world) {
				c := w.dial("192.0.2.1")
				c.Say(text)
				if name == "between requests" {
					c.Want(200)
				}
				synctest.Wait()
				if took := w.stop(); took > 5*time.Second {
					t.Errorf("the stop took %s", took)
				}
			})
		})
	}
}

// TestAStopLetsRequestsEnd: their answers are sent.
func TestAStopLetsRequestsEnd(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(20 * time.Second):
			ok(w, r)
		case <-r.Context().Done():
			t.Error("the request was canceled")
		}
	}
	run(t, slow, nil, func(w *world) {
		c := w.dial("192.0.2.1")
		c.Get("/")
		synctest.Wait()
		stopped := make(chan time.Duration, 1)
		go func() { stopped <- w.stop() }()
		c.Want(200)
		if took := <-stopped; took < 20*time.Second || took > 25*time.Second {
			t.Errorf("the stop took %s", took)
		}
	})
}

// TestABodyThatArrivesDuringTheGraceIsAnswered, however long that takes.
func TestABodyThatArrivesDuringTheGraceIsAnswered(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil || string(body) != "whole" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		select {
		case <-time.After(20 * time.Second):
		case <-r.Context().Done():
			t.Error("the request was canceled")
		}
	}
	run(t, slow, nil, func(w *world) {
		c := w.dial("192.0.2.1")
		c.Say("POST / HTTP/1.1\r\nHost: till\r\nContent-Length: 5\r\n\r\nwho")
		synctest.Wait()
		stopped := make(chan time.Duration, 1)
		go func() { stopped <- w.stop() }()
		time.Sleep(time.Second)
		c.Say("le")
		c.Want(200)
		<-stopped
	})
}
