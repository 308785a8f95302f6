package far

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/minitill/minitill/signing"
)

// KeyID names the key that a till shares with the wallets.
const KeyID = "k1"

// Wallet is the provider of the sandbox protocol, without a memory: every payment that it is
// requested to open is open, and every one that is queried has its status.
type Wallet struct {
	*Server
	Key    *signing.HMAC
	Delay  time.Duration // before each answer
	Status string        // of the payments that are queried

	mu      sync.Mutex
	queries []time.Time   // when they came
	queried chan struct{} // closed and made anew by each query
}

// Start starts the wallet.
func (w *Wallet) Start() (err error) {
	w.queried = make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/payments", func(rw http.ResponseWriter, r *http.Request) { w.answer(rw, r, "PENDING") })
	mux.HandleFunc("POST /v1/payments/query", func(rw http.ResponseWriter, r *http.Request) {
		w.noteQuery()
		w.answer(rw, r, w.Status)
	})
	w.Server, err = Serve(mux)
	return err
}

func (w *Wallet) noteQuery() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queries = append(w.queries, time.Now())
	close(w.queried)
	w.queried = make(chan struct{})
}

// Queries returns how many status queries there were.
func (w *Wallet) Queries() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queries)
}

// WaitForQueries returns when that many queries have come after the first ones, or ctx has
// ended, and when each of them came.
func (w *Wallet) WaitForQueries(ctx context.Context, before, count int) []time.Time {
	for {
		w.mu.Lock()
		came, next := w.queries[before:], w.queried
		w.mu.Unlock()
		if len(came) >= count {
			return came[:max(0, count)]
		}
		select {
		case <-next:
		case <-ctx.Done():
			return came
		}
	}
}

// Amount is what each order of a benchmark costs, as the protocol writes it.
const Amount = `{"currency":"USD","value":"450"}`

func (w *Wallet) answer(rw http.ResponseWriter, r *http.Request, status string) {
	body, err := io.ReadAll(r.Body)
	var req struct{ RequestID, PaymentID string }
	if err == nil {
		err = json.Unmarshal(body, &req)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	if w.Delay > 0 {
		select {
		case <-time.After(w.Delay):
		case <-r.Context().Done():
			return
		}
	}
	w.send(rw, r.URL.Path, payment(req.RequestID, status))
}

// payment is a payment as the wallet writes it. The address of its cashier ends in the
// request's id.
func payment(requestID, status string) []byte {
	captured := ""
	if status == "PAID" {
		captured = `,"captured":` + Amount
	}
	return fmt.Appendf(nil, `{"paymentId":"sp_%s","requestId":"%s","status":"%s","amount":%s%s,"paymentUrl":"http://wallet.test/cashier/%s"}`,
		requestID, requestID, status, Amount, captured, requestID)
}

func (w *Wallet) send(rw http.ResponseWriter, path string, body []byte) {
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	rw.Header().Set("Sandbox-Key", KeyID)
	rw.Header().Set("Sandbox-Timestamp", stamp)
	rw.Header().Set("Sandbox-Signature", Sign(w.Key, stamp+"\nPOST\n"+path+"\n200\n"+string(body)))
	_, _ = rw.Write(body)
}

// Sign returns the signature of a message of the protocol.
func Sign(key *signing.HMAC, message string) string {
	mac, _ := key.Sign(context.Background(), []byte(message)) // computing a MAC cannot fail
	return base64.StdEncoding.EncodeToString(mac)
}

// Notification is a notification that the payment of a request was paid.
type Notification struct {
	Body   string
	Header http.Header
}

// Paid returns the notification for a till that has it delivered at path.
func (w *Wallet) Paid(path, requestID string) Notification {
	body := fmt.Sprintf(`{"eventId":"se_%s","sequence":2,"type":"payment","payment":{"paymentId":"sp_%s","requestId":"%s","status":"PAID","amount":%s,"captured":%s}}`,
		requestID, requestID, requestID, Amount, Amount)
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	return Notification{body, http.Header{
		"Content-Type": {"application/json"}, "Sandbox-Key": {KeyID}, "Sandbox-Timestamp": {stamp},
		"Sandbox-Signature": {Sign(w.Key, stamp+"\nPOST\n"+path+"\n"+body)},
	}}
}
