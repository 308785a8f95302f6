package sandbox_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// scripted is a provider that answers every call with one signed body.
type scripted struct {
	body   string
	signer *sandbox.Wallet
	status int
}

func (s scripted) RoundTrip(r *http.Request) (*http.Response, error) {
	header, err := s.signer.SignAnswerTo(r.Context(), r.URL.Path, itoa(s.status), []byte(s.body))
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: s.status, Header: header, ContentLength: -1, Body: io.NopCloser(strings.NewReader(s.body)), Request: r,
	}, nil
}

// answering is a wallet whose provider answers every call with body.
func answering(t *testing.T, body string) *sandbox.Wallet {
	t.Helper()
	signer := openWallet(t, "https://wallet.example", wallet.Env{})
	return openWallet(t, "https://wallet.example", wallet.Env{HTTP: &http.Client{Transport: scripted{body, signer, 200}}})
}

const (
	paidAnswer   = `{"paymentId":"sp_2","requestId":"R","otherIds":["sp_1"],"status":"PAID","amount":{"currency":"USD","value":"1234"}}`
	refundAnswer = `{"refundId":"sr_1","refundRequestId":"RR","paymentId":"sp_1","requestId":"R","status":"SUCCEEDED",` +
		`"amount":{"currency":"USD","value":"10"}}`
)

func TestAnAnswerAboutAnotherPaymentIsUnknown(t *testing.T) {
	w := answering(t, paidAnswer)
	for _, c := range []struct {
		name  string
		ref   wallet.Ref
		about bool
	}{
		{"queried by our request id", wallet.Ref{RequestID: "R"}, true},
		{"queried by both ids", wallet.Ref{RequestID: "R", PaymentID: "sp_2"}, true},
		{"queried by our request id and the payment id of before", wallet.Ref{RequestID: "R", PaymentID: "sp_1"}, true},
		{"queried by the payment id alone", wallet.Ref{PaymentID: "sp_2"}, true},
		{"queried by the payment id of before alone", wallet.Ref{PaymentID: "sp_1"}, true},
		{"queried by another request id", wallet.Ref{RequestID: "OTHER"}, false},
		{"queried by another request id with this payment id", wallet.Ref{RequestID: "OTHER", PaymentID: "sp_2"}, false},
		{"queried by another payment id alone", wallet.Ref{PaymentID: "sp_3"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for call, query := range map[string]func() (wallet.Payment, error){
				"query":  func() (wallet.Payment, error) { return w.QueryPayment(t.Context(), c.ref) },
				"cancel": func() (wallet.Payment, error) { return w.Cancel(t.Context(), c.ref) },
				"capture": func() (wallet.Payment, error) {
					return w.Capture(t.Context(), wallet.CaptureRequest{RequestID: "C", Payment: c.ref, Amount: wallet.Money{Minor: 1, Currency: "USD"}})
				},
				"void": func() (wallet.Payment, error) {
					return w.Void(t.Context(), wallet.VoidRequest{RequestID: "V", Payment: c.ref})
				},
			} {
				got, err := query()
				if c.about && (err != nil || got.RequestID != "R" || got.PaymentID != "sp_2" || got.OtherIDs[0] != "sp_1") {
					t.Errorf("%s: got %+v and %v, want the payment", call, got, err)
				}
				if !c.about && !errors.Is(err, fault.Unknown) {
					t.Errorf("%s: got %+v and %v, want unknown", call, got, err)
				}
			}
		})
	}
}

func TestAnAnswerAboutAnotherRefundIsUnknown(t *testing.T) {
	w := answering(t, refundAnswer)
	of := wallet.Ref{RequestID: "R", PaymentID: "sp_1"}
	for _, c := range []struct {
		name  string
		ref   wallet.RefundRef
		about bool
	}{
		{"queried by our request id", wallet.RefundRef{RequestID: "RR", Payment: of}, true},
		{"queried by both ids, some time ago", wallet.RefundRef{RequestID: "RR", RefundID: "sr_1", Payment: of, LastSentAt: time.Unix(1, 0)}, true},
		{"queried by the refund id alone", wallet.RefundRef{RefundID: "sr_1"}, true},
		{"queried by another request id", wallet.RefundRef{RequestID: "OTHER", Payment: of}, false},
		{"queried by another refund id", wallet.RefundRef{RequestID: "RR", RefundID: "sr_2", Payment: of}, false},
		{"queried by another refund id alone", wallet.RefundRef{RefundID: "sr_2"}, false},
		{"queried as a refund of another payment", wallet.RefundRef{RequestID: "RR", Payment: wallet.Ref{RequestID: "OTHER"}}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := w.QueryRefund(t.Context(), c.ref)
			want := wallet.RefundRef{RequestID: "RR", RefundID: "sr_1", Payment: of}
			if c.about && (err != nil || got.RefundRef != want) {
				t.Errorf("got %+v and %v, want the refund, named by all its ids", got, err)
			}
			if !c.about && !errors.Is(err, fault.Unknown) {
				t.Errorf("got %+v and %v, want unknown", got, err)
			}
		})
	}
}

func TestARefundsAnswerAboutAnotherRefundIsUnknown(t *testing.T) {
	w := answering(t, refundAnswer)
	req := wallet.RefundRequest{RequestID: "OTHER", Payment: wallet.Ref{RequestID: "R"}, Amount: wallet.Money{Minor: 10, Currency: "USD"}}
	if got, err := w.Refund(t.Context(), req); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %+v and %v, want unknown", got, err)
	}
}

func TestATimeOutsideTheCalendarIsOmittedFromAnAnswer(t *testing.T) {
	for _, ms := range []string{"253402300800000", "-62135596800001", "9223372036854775807", "99999999999999999999999"} {
		body := strings.Replace(paidAnswer, `"status"`, `"updatedAt":`+ms+`,"expiresAt":`+ms+`,"status"`, 1)
		got, err := answering(t, body).QueryPayment(t.Context(), wallet.Ref{RequestID: "R"})
		if err != nil || got.Status != wallet.Paid || !got.OccurredAt.IsZero() || !got.ExpiresAt.IsZero() {
			t.Errorf("%s: got %+v and %v, want paid without times", ms, got, err)
		}
	}
}

func TestAnAmountBeyondInt64InAnAnswerIsUnknown(t *testing.T) {
	body := strings.Replace(paidAnswer, `"1234"`, `"9223372036854775808"`, 1)
	if got, err := answering(t, body).QueryPayment(t.Context(), wallet.Ref{RequestID: "R"}); !errors.Is(err, fault.Unknown) {
		t.Errorf("got %+v and %v, want unknown", got, err)
	}
}

func TestThePaceSaysHowLongQueriesMayLag(t *testing.T) {
	c := sandbox.Config{BaseURL: "https://wallet.example", KeyID: testKeyID, Key: signing.NewSecret(testKey)}
	for set, want := range map[time.Duration]time.Duration{0: 30 * time.Second, 5 * time.Second: 5 * time.Second} {
		c.Lag = set
		w, err := c.Open(wallet.Env{})
		if err != nil {
			t.Fatal(err)
		}
		if got := w.(wallet.Paced).Pace(); got != (wallet.Pace{Lag: want}) {
			t.Errorf("lag %v: got %+v, want %v and the usual pace", set, got, want)
		}
	}
	c.Lag = -time.Second
	if _, err := c.Open(wallet.Env{}); !errors.Is(err, fault.Invalid) || fault.Of(err).Fields[0].Name != "lag" {
		t.Errorf("a negative lag: got %v, want invalid, naming lag", err)
	}
}
