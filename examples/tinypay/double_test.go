package tinypay_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wallettest"
)

// double plays Tiny Pay. It is written from the documents and shares no code with the
// adapter, so that a mistake of the one is not answered by the same mistake of the other.
type double struct {
	key, notifyPath string
	url             string // of a cashier

	mu      sync.Mutex
	records map[string]*entry            // payments and refunds, by id
	sent    map[string][]wallet.Delivery // notifications, by the payment's id
	next    int                          // the HTTP status that refuses the next call
	huge    bool                         // whether notifications have an amount that no int64 holds
}

// entry is a payment or a refund on the double's books.
type entry struct {
	Kind     string `json:"kind"`
	ID       string `json:"id"`
	Payment  string `json:"payment,omitempty"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	State    string `json:"state"`
	URL      string `json:"url,omitempty"`
	refunded int64
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	status, answer := d.answer(r, body)
	w.Header().Set("Tiny-Signature", d.sign(strconv.Itoa(status), r.URL.Path, answer))
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

func (d *double) answer(r *http.Request, body []byte) (status int, answer []byte) {
	if r.Header.Get("Tiny-Signature") != d.sign(r.Method, r.URL.Path, body) {
		return http.StatusUnauthorized, nil
	}
	var req entry
	if err := json.Unmarshal(body, &req); err != nil || req.ID == "" {
		return http.StatusBadRequest, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.next != 0 {
		status, d.next = d.next, 0
		return status, nil
	}
	return d.execute(r.URL.Path, req)
}

func (d *double) execute(path string, req entry) (status int, answer []byte) {
	known := d.records[req.ID]
	switch path {
	case "/v1/pay":
		req.Kind, req.State, req.URL = "payment", "open", d.url+req.ID
		status, known = d.open(known, &req)
	case "/v1/refund":
		req.Kind, req.State = "refund", "done"
		status, known = d.refund(known, &req)
	default:
		if status = http.StatusOK; known == nil {
			status = http.StatusNotFound
		}
	}
	if status != http.StatusOK {
		return status, nil
	}
	return status, text(known)
}

// open records a payment, or returns the one of the same id.
func (d *double) open(known, req *entry) (int, *entry) {
	switch {
	case known == nil:
		d.records[req.ID] = req
		return http.StatusOK, req
	case known.Amount != req.Amount || known.Currency != req.Currency:
		return http.StatusConflict, nil
	}
	return http.StatusOK, known
}

// refund records a refund of a paid payment, at most what is left of it.
func (d *double) refund(known, req *entry) (int, *entry) {
	payment := d.records[req.Payment]
	switch {
	case known != nil:
		return http.StatusOK, known
	case payment == nil:
		return http.StatusNotFound, nil
	case payment.State != "paid":
		return http.StatusConflict, nil
	case payment.refunded+minor(req) > minor(payment):
		return http.StatusPaymentRequired, nil
	}
	payment.refunded += minor(req)
	d.records[req.ID] = req
	d.notify(req.Payment, text(req))
	return http.StatusOK, req
}

// notify records the notification of a change.
func (d *double) notify(payment string, body []byte) {
	delivery, _ := d.Sign(context.Background(), body)
	d.sent[payment] = append(d.sent[payment], delivery)
}

func (d *double) sign(first, path string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(d.key))
	mac.Write([]byte(first + " " + path + "\n" + string(body)))
	return hex.EncodeToString(mac.Sum(nil))
}

func minor(e *entry) int64 {
	n, _ := strconv.ParseInt(e.Amount, 10, 64)
	return n
}

func text(v any) []byte {
	written, err := json.Marshal(v)
	if err != nil {
		panic(err) // these types always encode
	}
	return written
}

// What follows is how the suite drives the double.

// Settle implements wallettest.Provider.
func (d *double) Settle(_ context.Context, ref wallet.Ref, outcome wallettest.Outcome) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	payment := d.records[ref.RequestID]
	if payment == nil || payment.State != "open" {
		return errors.New("no open payment " + ref.RequestID)
	}
	payment.State = map[wallettest.Outcome]string{wallettest.Pay: "paid", wallettest.Decline: "refused"}[outcome]
	notified := *payment
	if d.huge {
		notified.Amount = "99999999999999999999"
	}
	d.notify(payment.ID, text(notified))
	return nil
}

// Notifications implements wallettest.Provider.
func (d *double) Notifications(_ context.Context, ref wallet.Ref) ([]wallet.Delivery, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sent[ref.RequestID], nil
}

// Books implements wallettest.Provider.
func (d *double) Books(_ context.Context, ref wallet.Ref) (wallettest.Books, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	payment := d.records[ref.RequestID]
	if payment == nil {
		return wallettest.Books{}, nil
	}
	books := wallettest.Books{Payments: 1}
	if currency := wallet.Currency(payment.Currency); payment.State == "paid" {
		books.Captured = wallet.Money{Minor: minor(payment), Currency: currency}
		books.Refunded = wallet.Money{Minor: payment.refunded, Currency: currency}
	}
	return books, nil
}

// Sign implements wallettest.Signer.
func (d *double) Sign(_ context.Context, body []byte) (wallet.Delivery, error) {
	header := http.Header{"Tiny-Signature": {d.sign(http.MethodPost, d.notifyPath, body)}}
	return wallet.Delivery{Method: http.MethodPost, Path: d.notifyPath, Header: header, Body: body, ReceivedAt: time.Now()}, nil
}

// RefuseNext implements wallettest.Refuser, and LimitNext wallettest.Limiter.
func (d *double) RefuseNext(context.Context) error { return d.refuse(http.StatusPaymentRequired) }
func (d *double) LimitNext(context.Context) error  { return d.refuse(http.StatusTooManyRequests) }

func (d *double) refuse(status int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next = status
	return nil
}

// SendOutOfRange implements wallettest.OutOfRangeSender.
func (d *double) SendOutOfRange(_ context.Context, what wallettest.OutOfRange) error {
	if what != wallettest.HugeAmount {
		return errors.ErrUnsupported // the provider reports no times
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.huge = true
	return nil
}
