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

// Inbox is the merchant's end of notifications, as the transport by which a simulator sends
// them: it keeps all, and acknowledges each.
type Inbox struct {
	Ack      string                      // the body of the acknowledgement
	SignedAt func(http.Header) time.Time // when a delivery says that it is sent, and so arrives; nil: now

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

// Refuse says whether deliveries from now on are kept and not acknowledged.
func (b *Inbox) Refuse(refuses bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refuses = refuses
}

// All are the deliveries so far.
func (b *Inbox) All() []wallet.Delivery {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.deliveries)
}

// About are the deliveries whose body names a request id as JSON text.
func (b *Inbox) About(requestID string) (about []wallet.Delivery) {
	for _, d := range b.All() {
		if strings.Contains(string(d.Body), `"`+requestID+`"`) {
			about = append(about, d)
		}
	}
	return about
}

// Take is what a server does with a notification: it is parsed, and answered as the wallet
// wants. What it says is returned.
func Take(rw http.ResponseWriter, r *http.Request, notifier wallet.Notifier) (wallet.Notification, error) {
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
