package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/internal/bench/far"
	"github.com/minitill/minitill/internal/bench/measure"
	"github.com/minitill/minitill/internal/bench/process"
)

// side is one server under test, as its clients see it.
type side struct {
	name    string
	program string
	args    []string
	config  string // its configuration file; empty for the reference
	apiKey  string // of the merchant API; empty where there is none
	log     *os.File

	process *process.Process // nil for a server that we did not start
	base    string
	session string
	client  *http.Client
	keys    atomic.Int64 // idempotency keys
}

// connectionsPerHost is more than any benchmark opens to one server.
const connectionsPerHost = 16384

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConns: connectionsPerHost, MaxIdleConnsPerHost: connectionsPerHost, DisableCompression: true}}
}

// start starts the server and opens a session.
func (s *side) start(ctx context.Context) (err error) {
	if s.process, err = process.Start(ctx, s.log, s.program, s.args...); err != nil {
		return err
	}
	s.base = s.process.URL
	s.client = newClient()
	s.session, err = s.openSession(ctx, walletInstant)
	return err
}

func (s *side) stop() {
	if s.process != nil {
		s.client.CloseIdleConnections()
		s.process.Stop()
	}
}

func (s *side) openSession(ctx context.Context, wallet string) (string, error) {
	return s.openSessionWith(ctx, `{"wallet":"`+wallet+`"}`)
}

func (s *side) openSessionWith(ctx context.Context, body string) (string, error) {
	answer, err := s.send(ctx, http.MethodPost, "/miniapp/v1/sessions", body, http.StatusCreated, nil)
	if err != nil {
		return "", err
	}
	var session struct{ Token string }
	err = json.Unmarshal(answer, &session)
	return session.Token, err
}

// placed is an order that waits for its payment.
type placed struct{ order, request string }

// create creates an order at a wallet.
func (s *side) create(ctx context.Context, wallet string) (placed, error) {
	return s.createOf(ctx, `{"items":[{"sku":"latte","quantity":1}],"wallet":"`+wallet+`"}`)
}

func (s *side) createOf(ctx context.Context, body string) (placed, error) {
	answer, err := s.send(ctx, http.MethodPost, "/miniapp/v1/orders", body, http.StatusCreated, http.Header{
		"Authorization": {"Bearer " + s.session}, "Idempotency-Key": {s.nextKey()},
	})
	if err != nil {
		return placed{}, err
	}
	return readPlaced(answer)
}

// nextKey returns an idempotency key that this server has not had, in this run or another.
func (s *side) nextKey() string { return keyOf(s.keys.Add(1)) }

// lastKey returns the idempotency key that was used last.
func (s *side) lastKey() string { return keyOf(s.keys.Load()) }

func keyOf(n int64) string { return fmt.Sprintf("bench-%d-%012d", os.Getpid(), n) }

var errAnswer = errors.New("the answer has no order")

const orderIDLength = len("ord_") + 26

// readPlaced finds the ids in an answer without reading all of it, so that the generator
// leaves the machine to the server.
func readPlaced(answer []byte) (placed, error) {
	at := bytes.Index(answer, []byte("ord_"))
	if at < 0 || len(answer) < at+orderIDLength {
		return placed{}, errAnswer
	}
	p := placed{order: string(answer[at : at+orderIDLength])}
	if _, rest, found := bytes.Cut(answer, []byte("/cashier/")); found {
		end := bytes.IndexAny(rest, `"?`)
		p.request = string(rest[:max(0, end)])
	}
	return p, nil
}

// notify delivers a notification.
func (s *side) notify(ctx context.Context, wallet string, n far.Notification) error {
	_, err := s.send(ctx, http.MethodPost, "/notify/"+wallet, n.Body, http.StatusOK, n.Header)
	return err
}

// status reads an order as a client.
func (s *side) status(ctx context.Context, order, query string) error {
	_, err := s.send(ctx, http.MethodGet, "/miniapp/v1/orders/"+order+query, "", http.StatusOK, http.Header{"Authorization": {"Bearer " + s.session}})
	return err
}

// merchant calls the merchant API.
func (s *side) merchant(ctx context.Context, method, path, body string, want int) ([]byte, error) {
	return s.send(ctx, method, "/v1"+path, body, want, http.Header{"Authorization": {"Bearer " + s.apiKey}, "Idempotency-Key": {s.nextKey()}})
}

func (s *side) send(ctx context.Context, method, path, body string, want int, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		req.Header = header
	}
	if body != "" && header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != want {
		err = fmt.Errorf("%s %s of the %s was answered %s, not %d: %s", method, path, s.name, resp.Status, want, answer)
		if resp.StatusCode == http.StatusTooManyRequests {
			err = fmt.Errorf("%w; raise its limits for a benchmark", err)
		}
	}
	return answer, err
}

// cpu returns the CPU time that the server has used, or UnknownCPU.
func (s *side) cpu() time.Duration {
	if s.process == nil {
		return measure.UnknownCPU
	}
	used, err := s.process.CPU()
	if err != nil {
		return measure.UnknownCPU
	}
	return used
}

// turn returns a turn of the side in which f is called count times.
func (s *side) turn(connections, count int, f func(ctx context.Context, i int) error) measure.Turn {
	return func(ctx context.Context) (measure.Round, error) {
		before := s.cpu()
		r, err := measure.Run(ctx, connections, count, f)
		if after := s.cpu(); before != measure.UnknownCPU && after != measure.UnknownCPU {
			r.CPU = after - before
		}
		return r, err
	}
}

// eventsOfType counts the events of one type of an order.
func (s *side) eventsOfType(ctx context.Context, order, kind string) (int, error) {
	answer, err := s.merchant(ctx, http.MethodGet, "/orders/"+order+"/events", "", http.StatusOK)
	return bytes.Count(answer, []byte(strconv.Quote(kind))), err
}
