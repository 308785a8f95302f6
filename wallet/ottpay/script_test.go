package ottpay_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
)

// script answers each call by its action or path: with data of the Web API, which it seals,
// or with a whole body of REST, which may begin with an HTTP status. Of several answers to
// one call the last stays.
type script struct {
	tb      testing.TB
	seal    func(plain []byte) []byte
	answers map[string][]string
	calls   []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	name, body := r.URL.Path, `{"status":"SUCCESS","result":{"token":"t","expired":4102444800000}}`
	var outer struct{ Action string }
	if json.Unmarshal(sent, &outer) == nil && outer.Action != "" {
		name = outer.Action
	}
	if s.calls = append(s.calls, name); name != "/api/v1/auth/token" || len(s.answers[name]) > 0 {
		body = s.next(name)
	}
	status := http.StatusOK
	if text, failed := strings.CutPrefix(body, "HTTP "); failed {
		status, _ = strconv.Atoi(text[:3])
		body = text[3:]
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

func (s *script) next(name string) string {
	all := s.answers[name]
	if len(all) == 0 {
		s.tb.Errorf("the script has no answer to %s", name)
		return ""
	}
	if len(all) > 1 {
		s.answers[name] = all[1:]
	}
	if code, refused := strings.CutPrefix(all[0], "refused:"); refused {
		return `{"rsp_code":"` + code + `","rsp_msg":"no"}`
	}
	if strings.HasPrefix(name, "/") {
		return all[0]
	}
	return string(s.seal([]byte(all[0])))
}

func (s *script) count(name string) (n int) {
	for _, call := range s.calls {
		if call == name {
			n++
		}
	}
	return n
}

// scripted is a wallet whose provider answers by a script.
func scripted(t *testing.T, generation string, answers map[string][]string, changes ...func(*ottpay.Config)) (wallet.Wallet, *script) {
	t.Helper()
	sealer := open(t, "web").provider
	s := &script{tb: t, answers: answers, seal: func(plain []byte) []byte { return sealer.Sign(plain).Body }}
	c := settings(generation, "https://ott.example")
	for _, change := range changes {
		change(&c)
	}
	w, err := c.Open(wallet.Env{HTTP: &http.Client{Transport: s}})
	if err != nil {
		t.Fatal(err)
	}
	return w, s
}

const (
	ourPayment = "01J00000000000000000000000P1"
	ourRefund  = "01J00000000000000000000000R1"
	ottsID     = "17672550051234567"
)

var paidRef = wallet.Ref{RequestID: ourPayment, PaymentID: ottsID}

// stands is REST's answer about the payment.
func stands(code, refunded string) string {
	return `{"status":"SUCCESS","result":{"paymentId":"` + ottsID + `","totalAmount":"1250","refundAmount":"` + refunded + `","stateCode":"` + code + `"}}`
}

func failed(code string) string {
	return `{"status":"ERROR","result":{"code":` + code + `,"message":"no"}}`
}

func countsAtOnce(c *ottpay.Config) { c.RefundsCountAtOnce = true }

// refundOf is a request for 4.00 that was sent an hour ago, or not yet.
func refundOf(ref wallet.Ref, repeated bool) wallet.RefundRequest {
	req := wallet.RefundRequest{
		RequestID: ourRefund, Payment: ref, Amount: cad(400), Paid: cad(1250), Books: wallet.RefundBooks{Amount: cad(400), Refunded: cad(0), Open: cad(0)},
	}
	if repeated {
		req.LastSentAt = time.Now().Add(-time.Hour)
	}
	return req
}
