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
	mux.HandleFunc("POST /v1/payments/cancel", func(rw http.ResponseWriter, r *http.Request) { w.answer(rw, r, "CANCELED") })
	mux.HandleFunc("POST /v1/refunds", w.refund)
	mux.HandleFunc("POST /v1/auth/exchange", func(rw http.ResponseWriter, r *http.Request) {
		w.send(rw, r.URL.Path, []byte(`{"customerId":"`+Payer+`"}`))
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

// Amount is what most orders of a benchmark cost, as the protocol writes it.
const Amount = `{"currency":"USD","value":"450"}`

// Payer is the id of the payer that signs in with a code.
const Payer = "payer-of-the-benchmark"

func (w *Wallet) answer(rw http.ResponseWriter, r *http.Request, status string) {
	body, err := io.ReadAll(r.Body)
	var req struct {
		RequestID, PaymentID string
		Amount               json.RawMessage
	}
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
	amount := Amount // of a query, which names none
	if len(req.Amount) > 0 {
		amount = string(req.Amount)
	}
	// The address of the cashier ends in the request's id.
	cashier := `,"paymentUrl":"http://wallet.test/cashier/` + req.RequestID + `"`
	w.send(rw, r.URL.Path, []byte(payment(req.RequestID, status, amount, cashier)))
}

// refund answers that a refund succeeded.
func (w *Wallet) refund(rw http.ResponseWriter, r *http.Request) {
	var req struct {
		RefundRequestID, RequestID string
		Amount                     json.RawMessage
	}
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	w.send(rw, r.URL.Path, fmt.Appendf(nil, `{"refundId":"sr_%s","refundRequestId":"%s","paymentId":"sp_%s","requestId":"%s","status":"SUCCEEDED","amount":%s}`,
		req.RefundRequestID, req.RefundRequestID, req.RequestID, req.RequestID, req.Amount))
}

// payment is a payment as the wallet writes it, with more members.
func payment(requestID, status, amount, more string) string {
	if status == "PAID" {
		more = `,"captured":` + amount + more
	}
	return fmt.Sprintf(`{"paymentId":"sp_%s","requestId":"%s","status":"%s","amount":%s%s}`, requestID, requestID, status, amount, more)
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

// Notification is a notification about the payment of a request.
type Notification struct {
	Body   string
	Header http.Header
}

// Paid returns the notification that a payment was paid, for a till that has it delivered at path.
func (w *Wallet) Paid(path, requestID string) Notification {
	return w.News(path, requestID, "PAID", Amount)
}

// News returns the notification that a payment has a status.
func (w *Wallet) News(path, requestID, status, amount string) Notification {
	body := fmt.Sprintf(`{"eventId":"se_%s","sequence":2,"type":"payment","payment":%s}`, requestID, payment(requestID, status, amount, ""))
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	return Notification{body, http.Header{
		"Content-Type": {"application/json"}, "Sandbox-Key": {KeyID}, "Sandbox-Timestamp": {stamp},
		"Sandbox-Signature": {Sign(w.Key, stamp+"\nPOST\n"+path+"\n"+body)},
	}}
}
