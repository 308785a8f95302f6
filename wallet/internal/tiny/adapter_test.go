// Package tiny is the smallest adapter that package wire makes possible, as a fixture: a
// provider with create, query and notifications over JSON, signed with HMAC. It shows what
// a new wallet needs before its dialect adds anything.
//
// Its protocol: POST /pay {"id","amount","currency","notify"} answers {"id","url","state"},
// and POST /query {"id"} answers {"id","amount","currency","state"}. A call that is refused
// answers HTTP 402, 404 for a payment that is not known, and 409 for an id that was used
// with other content. A notification is the answer to a query, posted to notify until
// it is answered with the text ok. Every message has the header Tiny-Signature: hex
// HMAC-SHA256 over METHOD SP path LF body, and in answers over STATUS SP path LF body.
package tiny

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Config is one account at a tiny provider.
type Config struct {
	BaseURL string
	Key     signing.Secret // shared with the provider
}

// Open returns the wallet.
func (c Config) Open(env wallet.Env) (wallet.Wallet, error) {
	var mistakes wire.Mistakes
	base, ok := wire.ParseBase(c.BaseURL, false)
	mistakes.Check(ok, "baseUrl", wire.BaseDetail)
	key, err := signing.NewHMAC("", c.Key)
	mistakes.AddFault("key", err)
	if err := mistakes.Fault("tiny.Open", "The tiny wallet is not configured."); err != nil {
		return nil, err
	}
	env = env.WithDefaults()
	return &Wallet{base: base, http: env.HTTP, now: env.Now, key: key}, nil
}

// Wallet is one account at a tiny provider.
type Wallet struct {
	base wire.Base
	http *http.Client
	now  func() time.Time
	key  *signing.HMAC
}

var (
	_ wallet.Querier  = (*Wallet)(nil)
	_ wallet.Notifier = (*Wallet)(nil)
)

// CreatePayment opens a payment; the same RequestID yields the same payment.
func (w *Wallet) CreatePayment(ctx context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	const op = "tiny.CreatePayment"
	if err := wire.CheckAmount(op, req.Amount); err != nil {
		return wallet.Payment{}, err
	}
	body := wire.NewObject().Text("id", req.RequestID).Text("amount", req.Amount.Value()).
		Text("currency", string(req.Amount.Currency)).Text("notify", req.NotifyURL).End()
	p, err := w.call(ctx, op, "/pay", req.RequestID, body)
	if err != nil {
		return wallet.Payment{}, err
	}
	if p.Amount == (wallet.Money{}) {
		p.Amount = req.Amount
	}
	return p, nil
}

// QueryPayment asks how a payment stands.
func (w *Wallet) QueryPayment(ctx context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return w.call(ctx, "tiny.QueryPayment", "/query", ref.RequestID, wire.NewObject().Text("id", ref.RequestID).End())
}

// ParseNotification reads the answer to a query, posted to us.
func (w *Wallet) ParseNotification(ctx context.Context, d wallet.Delivery) (wallet.Notification, error) {
	const op = "tiny.ParseNotification"
	if _, err := wire.Arrived(op, d, 64, w.now); err != nil {
		return wallet.Notification{}, err
	}
	if err := w.verify(ctx, d.Method, d.Path, d.Header, d.Body); err != nil {
		return wallet.Notification{}, fault.Wrap(fault.Unauthenticated, op, err)
	}
	p, err := read(d.Body)
	event := wallet.Event{ID: wire.Digest(d.Body), Kind: wallet.PaymentEvent, Payment: p}
	switch {
	case errors.Is(err, wallet.ErrOverflow):
		event.Payment, event.Unreadable = wallet.Payment{Ref: p.Ref}, "an amount is more than can be counted"
	case err != nil:
		return wallet.Notification{}, fault.Wrap(fault.Invalid, op, err)
	}
	return wallet.Notification{Events: []wallet.Event{event}}, nil
}

var (
	ok      = wire.Reply{Status: http.StatusOK, Body: "ok"}
	again   = wire.Reply{Status: http.StatusServiceUnavailable, Body: "again"}
	refused = wire.Reply{Status: http.StatusBadRequest, Body: "no"}
	replies = wire.Replies{Stored: ok, NoOrder: ok, Forged: refused, Invalid: refused, TooLarge: refused, Retry: again}
)

// Reply answers a notification.
func (w *Wallet) Reply(_ wallet.Delivery, err error) wallet.Reply {
	return replies.For(err).WithContentType("text/plain")
}

// call sends body and reads the payment that was asked about.
func (w *Wallet) call(ctx context.Context, op, path, id string, body []byte) (wallet.Payment, error) {
	path = w.base.Path + path
	answer, err := wire.Send(ctx, w.http, wire.Request{
		Op: op, Method: http.MethodPost, URL: w.base.Host + path, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}, "Tiny-Signature": {w.sign(ctx, http.MethodPost, path, body)}},
	})
	if err != nil {
		return wallet.Payment{}, err
	}
	if err := w.verify(ctx, strconv.Itoa(answer.Status), path, answer.Header, answer.Body); err != nil {
		return wallet.Payment{}, answer.Unknown(err)
	}
	if err := answer.StatusFault(); err != nil {
		return wallet.Payment{}, err
	}
	if !answer.OK() {
		return wallet.Payment{}, refusals.Fault(op, strconv.Itoa(answer.Status))
	}
	p, err := read(answer.Body)
	if err != nil || p.RequestID != id {
		return wallet.Payment{}, answer.Unknown(cmp.Or(err, wire.ErrMalformed))
	}
	return p, nil
}

var refusals = wire.Codes{
	"402": {Kind: fault.Declined, Detail: "The wallet refused the request."},
	"404": {Kind: fault.NotFound, Detail: "The wallet knows no such payment."},
	"409": {Kind: fault.Conflict, Detail: "The wallet has seen this request with other content."},
}

var states = map[string]wallet.Status{"open": wallet.Pending, "paid": wallet.Paid, "refused": wallet.Failed}

// read is the payment that a message tells of. A state that is not known changes nothing
// and is shown as the code.
func read(body []byte) (wallet.Payment, error) {
	var in struct {
		ID       string          `json:"id"`
		Amount   wire.Literal    `json:"amount"`
		Currency wallet.Currency `json:"currency"`
		State    string          `json:"state"`
		URL      string          `json:"url"`
	}
	err := wire.Decode(body, &in)
	if err != nil || in.ID == "" || !wire.ValidIDs(in.ID) || in.URL != "" && !wire.WebURL(in.URL) {
		return wallet.Payment{}, wire.ErrMalformed
	}
	p := wallet.Payment{Ref: wallet.Ref{RequestID: in.ID, PaymentID: in.ID}, Status: states[in.State]}
	if p.Status == "" {
		p.Code = wire.Clip(in.State)
	}
	if in.URL != "" {
		p.Action = &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: in.URL}
	}
	if in.Currency != "" {
		p.Amount, err = in.Amount.Minor(in.Currency)
	}
	return p, err
}

// sign is the signature of a message, of which first is its method or status.
func (w *Wallet) sign(ctx context.Context, first, path string, body []byte) string {
	mac, _ := w.key.Sign(ctx, message(first, path, body)) // an HMAC cannot fail
	return hex.EncodeToString(mac)
}

func (w *Wallet) verify(ctx context.Context, first, path string, h http.Header, body []byte) error {
	text, _ := wire.SingleHeader(h, "Tiny-Signature")
	mac, err := hex.DecodeString(text)
	if err != nil {
		return wire.ErrMalformed
	}
	return w.key.Verify(ctx, "", message(first, path, body), mac)
}

func message(first, path string, body []byte) []byte {
	return append([]byte(first+" "+path+"\n"), body...)
}
