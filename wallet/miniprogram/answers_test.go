package miniprogram_test

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
)

// cannedAnswers are a provider's answers, by the last element of a call's path. Calls that it
// has no answer to fail.
type cannedAnswers struct {
	answers map[string]string
	called  []string
}

func (s *cannedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	call := path.Base(r.URL.Path)
	s.called = append(s.called, call)
	body, known := s.answers[call]
	if !known {
		return nil, errors.New("there is no answer to " + call)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// withAnswers is a wallet of a profile that receives these answers, without signatures.
func withAnswers(t *testing.T, profile string, answers map[string]string) (wallet.Wallet, *cannedAnswers) {
	t.Helper()
	far := &cannedAnswers{answers: answers}
	c := settings(t, profile, "https://wallet.example")
	off := miniprogram.Off
	c.Overrides.VerifyAnswer = &off
	w, err := c.Open(wallet.Env{HTTP: clientOf(far)})
	if err != nil {
		t.Fatal(err)
	}
	return w, far
}

// TestAPaymentThatMayBePaidIsNotCanceled has the wallet contradict itself: its cancel
// would refund what may have been paid.
func TestAPaymentThatMayBePaidIsNotCanceled(t *testing.T) {
	w, far := withAnswers(t, "gcash", map[string]string{"inquiryPayment": `{"result":{"resultCode":"SUCCESS","resultStatus":"S"},
		"paymentId":"1","paymentRequestId":"R1","paymentStatus":"PROCESSING","paymentResult":{"resultStatus":"S"}}`})
	got, err := w.(wallet.Canceler).Cancel(t.Context(), wallet.Ref{RequestID: "R1", PaymentID: "1"})
	if err != nil || got.Status != "" || len(far.called) != 1 {
		t.Errorf("got %q, %v after %v; want no status after an inquiry alone", got.Status, err, far.called)
	}
}

func TestACaptureOrVoidThatIsOnlyAcceptedIsUnknown(t *testing.T) {
	const result = `{"result":{"resultCode":"ACCEPT","resultStatus":"A"},"paymentId":"1"`
	held := `{"result":{"resultStatus":"S"},"paymentId":"1","paymentAmount":{"currency":"IQD","value":"1000"},"paymentStatus":"AUTH_SUCCESS"}`
	w, far := withAnswers(t, "superqi", map[string]string{"inquiryPayment": held, "capture": result + "}", "void": result + "}"})
	ref := wallet.Ref{RequestID: "R1", PaymentID: "1"}
	if got, err := w.(wallet.Capturer).Capture(t.Context(), wallet.CaptureRequest{
		RequestID: "C1", Payment: ref, Amount: wallet.Money{Minor: 400, Currency: "IQD"},
	}); !errors.Is(err, fault.Unknown) {
		t.Errorf("capture: got %q and %v after %v, want unknown", got.Status, err, far.called)
	}
	if got, err := w.(wallet.Voider).Void(t.Context(), wallet.VoidRequest{RequestID: "V1", Payment: ref}); !errors.Is(err, fault.Unknown) {
		t.Errorf("void: got %q and %v after %v, want unknown", got.Status, err, far.called)
	}
	if len(far.called) != 3 {
		t.Errorf("got the calls %v, want an inquiry, a capture and a void", far.called)
	}
}

func TestACaptureOfAnotherSumIsUnknown(t *testing.T) {
	held := `{"result":{"resultStatus":"S"},"paymentId":"1","paymentAmount":{"currency":"IQD","value":"1000"},"paymentStatus":"AUTH_SUCCESS"}`
	took := `{"result":{"resultStatus":"S"},"paymentId":"1","captureAmount":{"currency":"IQD","value":"401"}}`
	w, far := withAnswers(t, "superqi", map[string]string{"inquiryPayment": held, "capture": took})
	got, err := w.(wallet.Capturer).Capture(t.Context(), wallet.CaptureRequest{
		RequestID: "C1", Payment: wallet.Ref{RequestID: "R1", PaymentID: "1"}, Amount: wallet.Money{Minor: 400, Currency: "IQD"},
	})
	if !errors.Is(err, fault.Unknown) || len(far.called) != 2 {
		t.Errorf("got %s taken and %v after %v, want unknown after an inquiry and a capture", got.Captured, err, far.called)
	}
}

func TestARefundThatIsOnlyAcceptedIsPending(t *testing.T) {
	w, far := withAnswers(t, "gcash", map[string]string{"refund": `{"result":{"resultCode":"ACCEPT","resultStatus":"A"},"refundId":"F1","refundRequestId":"R1R1"}`})
	got, err := w.(wallet.Refunder).Refund(t.Context(), wallet.RefundRequest{
		RequestID: "R1R1", Payment: wallet.Ref{RequestID: "R1", PaymentID: "1"}, Amount: wallet.Money{Minor: 400, Currency: "PHP"},
	})
	if err != nil || got.Status != wallet.RefundPending {
		t.Errorf("got %q and %v after %v, want pending", got.Status, err, far.called)
	}
}
