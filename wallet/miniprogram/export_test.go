package miniprogram

import (
	"context"
	"maps"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// Table is a copy of the profiles.
func Table() map[string]Profile { return maps.Clone(profiles) }

// Apply is p with overrides.
func (o Overrides) Apply(p Profile) Profile { return o.apply(p) }

// Codes are the codes that have a fault of their own.
func Codes() []string {
	var codes []string
	for code := range refusals {
		codes = append(codes, code)
	}
	return codes
}

// ResultFault is what a result means.
func ResultFault(status, code string) *fault.Error {
	return fault.Of(resultJSON{Status: status, Code: code}.fault("test"))
}

// RefusedMoney and the others are what a result means to one kind of call.
func RefusedMoney(err error) fault.Kind    { return fault.KindOf(refusedMoney(err)) }
func RefusedQuestion(err error) fault.Kind { return fault.KindOf(refusedQuestion(err)) }
func RefusedCode(err error) fault.Kind     { return fault.KindOf(refusedCode(err)) }

// ParseMark takes a Signature header apart.
func ParseMark(s string) (version string, signature []byte, err error) {
	m, err := parseMark(s)
	return m.version, m.signature, err
}

// EncodeSignature writes a signature.
func EncodeSignature(signature []byte, e Encoding) string { return encodeSignature(signature, e) }

// FormatMark writes a Signature header.
func (p Profile) FormatMark(version string, signature []byte) string {
	return p.formatMark(version, signature)
}

// Path is where a call goes.
func (p Profile) Path(clientID, rest string) string { return p.path(clientID, rest) }

// The functions of time.
var (
	FormatTime = formatTime
	Expiry     = expiry
	Cut        = wire.Truncate
)

// ParseTime reads the time of a message.
func ParseTime(s string) (time.Time, bool) {
	t, err := wire.ISO(s)
	return t, err == nil
}

// EncodePay is the body of pay.
func (w *Wallet) EncodePay(req wallet.PaymentRequest) []byte { return w.encodePay(req) }

// Bodies are the bodies of the other calls, by name.
func (w *Wallet) Bodies(capture wallet.CaptureRequest, refund wallet.RefundRequest, prepare wallet.AgreementRequest) map[string][]byte {
	return map[string][]byte{
		"capture": w.encodeCapture(capture, capture.Payment.PaymentID),
		"refund":  w.encodeRefund(refund),
		"prepare": w.encodePrepare(prepare),
	}
}

// ReadPay reads an answer to pay.
func (w *Wallet) ReadPay(ctx context.Context, req wallet.PaymentRequest, h http.Header, body []byte) (wallet.Payment, error) {
	var out payJSON
	if err := w.read(ctx, w.profile.path(w.names.clientID, pathPay), wire.Answer{Op: "test", Status: 200, Header: h, Body: body}, &out); err != nil {
		return wallet.Payment{}, err
	}
	return out.payment("test", req)
}

// ReadQuery reads an answer to an inquiry.
func (w *Wallet) ReadQuery(ctx context.Context, ref wallet.Ref, h http.Header, body []byte) (wallet.Payment, error) {
	var out paymentJSON
	if err := w.read(ctx, w.profile.path(w.names.clientID, pathInquiry), wire.Answer{Op: "test", Status: 200, Header: h, Body: body}, &out); err != nil {
		return wallet.Payment{}, err
	}
	payment, err := w.queried(&out, ref)
	if err != nil {
		return payment, wire.Unknown("test", err)
	}
	return payment, nil
}

// News is what a body says, once it is proven.
func (w *Wallet) News(body []byte) (wallet.Notification, error) { return w.profile.news(body) }

// Verify checks the signature of a message.
func (w *Wallet) Verify(ctx context.Context, h http.Header, timeHeader string, now time.Time, method string, body []byte, paths ...string) error {
	return w.seal.verify(ctx, h, timeHeader, now, method, body, paths...)
}

// CountSignatures counts the signatures that w makes from now on.
func (w *Wallet) CountSignatures() *atomic.Int64 {
	c := &countingSigner{Signer: w.seal.key}
	w.seal.key = c
	return &c.signed
}

type countingSigner struct {
	signing.Signer
	signed atomic.Int64
}

func (c *countingSigner) Sign(ctx context.Context, message []byte) ([]byte, error) {
	c.signed.Add(1)
	return c.Signer.Sign(ctx, message)
}
