package sandbox

import (
	"context"
	"net/http"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// CodeFault is the table from codes to faults.
func CodeFault(code string) fault.Kind { return fault.KindOf(refusalJSON{Code: code}.fault("test")) }

// EncodeCreate is the body of a create call.
func EncodeCreate(req wallet.PaymentRequest) []byte { return encodeCreate(req) }

// ReadPayment reads an answer to create.
func (w *Wallet) ReadPayment(ctx context.Context, status int, h http.Header, body []byte) (wallet.Payment, error) {
	var out paymentJSON
	answer := wire.Answer{Op: "test", Status: status, Header: h, Body: body}
	if err := w.read(ctx, pathCreate, answer, &out); err != nil {
		return wallet.Payment{}, err
	}
	return out.answered()
}

// News is what a notification's body says, once it is proven.
func News(body []byte) ([]wallet.Event, error) { return events(body) }

// SignAnswer signs an answer to create as the provider would.
func (w *Wallet) SignAnswer(ctx context.Context, status string, body []byte) (http.Header, error) {
	return w.SignAnswerTo(ctx, pathCreate, status, body)
}

// SignAnswerTo signs an answer to a call as the provider would.
func (w *Wallet) SignAnswerTo(ctx context.Context, path, status string, body []byte) (http.Header, error) {
	message := append([]byte(status+"\n"), body...) // the path's line is followed by status LF body
	return w.seal.headers(ctx, w.now(), path, message)
}
