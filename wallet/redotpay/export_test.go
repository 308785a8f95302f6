package redotpay

import (
	"context"
	"net/http"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// What tests of the wire's bytes see.
var (
	RequestMessage  = requestMessage
	WebhookMessage  = webhookMessage
	DecodeSignature = decodeSignature
)

// PublishedKey is the platform's key of an environment.
func PublishedKey(name string) string { return environments[name].key }

// EncodeCreate is the body of create.
func (w *Wallet) EncodeCreate(req wallet.PaymentRequest) []byte { return w.encodeCreate(&req) }

// Verify checks a webhook.
func (w *Wallet) Verify(h http.Header, body []byte, now time.Time) error {
	_, err := w.seal.verify(context.Background(), h, body, now)
	return err
}

// ActionOf is where a payer goes by an answer to create.
func (w *Wallet) ActionOf(answer []byte, channel wallet.Channel) (*wallet.Action, error) {
	var out createdJSON
	if err := wire.Decode(answer, &out); err != nil {
		return nil, err
	}
	methods, err := out.methods()
	if err != nil {
		return nil, err
	}
	return w.firstAction(&out, methods, channel), nil
}

// AnswerAmount is the amount that an answer to detail reports.
func AnswerAmount(answer []byte) (wallet.Money, error) {
	var out orderJSON
	if err := wire.Decode(answer, &out); err != nil {
		return wallet.Money{}, err
	}
	payment, err := out.payment()
	return payment.Amount, err
}

// KeepsKeys says that the settings of an open wallet still hold its keys.
func (w *Wallet) KeepsKeys() bool {
	return !w.config.PrivateKey.IsZero() || w.config.PlatformKeys != nil
}

// MostPlaces is what is kept of methods' places, in bytes.
const MostPlaces = mostPlaces
