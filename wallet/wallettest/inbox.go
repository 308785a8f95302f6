package wallettest

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/wallet"
)

// Inbox receives a simulator's notifications: it is the http.RoundTripper of the simulator's
// client, keeps all deliveries and acknowledges each.
type Inbox struct {
	Ack      string                      // the body of the acknowledgement
	SignedAt func(http.Header) time.Time // returns the signing time, which becomes ReceivedAt; nil: now

	mu         sync.Mutex
	refuses    bool
	deliveries []wallet.Delivery
}

// RoundTrip implements http.RoundTripper.
func (b *Inbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	at := time.Now()
	if b.SignedAt != nil {
		at = b.SignedAt(r.Header)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deliveries = append(b.deliveries, wallet.Delivery{
		Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header.Clone(), Body: body, ReceivedAt: at,
	})
	status, answer := http.StatusOK, b.Ack
	if b.refuses {
		status, answer = http.StatusInternalServerError, "fail"
	}
	return &http.Response{StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

// Refuse sets whether deliveries are kept and not acknowledged from now on.
func (b *Inbox) Refuse(refuses bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuses = refuses
}

// All returns the deliveries so far.
func (b *Inbox) All() []wallet.Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.deliveries)
}

// About returns the deliveries whose body contains a request ID as a JSON string.
func (b *Inbox) About(requestID string) (about []wallet.Delivery) {
	for _, d := range b.All() {
		if strings.Contains(string(d.Body), `"`+requestID+`"`) {
			about = append(about, d)
		}
	}
	return about
}

// Receive handles a notification as a server does: it parses the request and writes the wallet's
// reply. It returns the notification.
func Receive(rw http.ResponseWriter, r *http.Request, notifier wallet.Notifier) (wallet.Notification, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return wallet.Notification{}, err
	}
	d := wallet.Delivery{Method: r.Method, Path: r.URL.RequestURI(), Header: r.Header, Body: body, ReceivedAt: time.Now()}
	n, err := notifier.ParseNotification(r.Context(), d)
	reply := notifier.Reply(d, err)
	for name, values := range reply.Header {
		rw.Header()[name] = values
	}
	rw.WriteHeader(reply.Status)
	_, _ = rw.Write(reply.Body)
	return n, err
}
