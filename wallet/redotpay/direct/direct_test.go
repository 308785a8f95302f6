package direct_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay/direct"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

// vector is a callback's signature of the sheet.
type vector struct {
	Name, Algorithm, Secret, MerchantCode, OrderSn, RefNo string
	Amount, Currency, Status, Signature, Encoding         string
	Valid                                                 bool
}

func TestACallbacksSignatureIsThatOfTheVectors(t *testing.T) {
	checked := 0
	for _, v := range testdata.Vectors[vector](t, "redotpay") {
		if v.Algorithm != "hmac-sha256" {
			continue
		}
		checked++
		c := settings("https://direct.example")
		c.MerchantCode, c.Secret, c.MAC = v.MerchantCode, signing.NewSecret(v.Secret), v.Encoding
		w, err := c.Open(wallet.Env{})
		if err != nil {
			t.Fatal(err)
		}
		body := func(signature string) []byte {
			return []byte(`{"order_sn":"` + v.OrderSn + `","merchant_order_sn":"` + v.RefNo + `","status":"` + v.Status +
				`","amount":` + v.Amount + `,"currency":"` + v.Currency + `","signature":"` + signature + `"}`)
		}
		orders := w.(*direct.Orders)
		if got := orders.Signed(body(v.Signature)); got != v.Valid {
			t.Errorf("%s: got %v, want %v", v.Name, got, v.Valid)
		}
		upper := v.Encoding == "hex" && v.Valid
		if got := orders.Signed(body(strings.ToUpper(v.Signature))); got != upper {
			t.Errorf("%s, in capital letters: got %v, want %v", v.Name, got, upper)
		}
		if v.Valid && orders.Signed([]byte(strings.Replace(string(body(v.Signature)), v.Amount, v.Amount+"0", 1))) {
			t.Errorf("%s: another amount is signed too", v.Name)
		}
	}
	if checked != 4 {
		t.Errorf("checked %d vectors, want 4", checked)
	}
}

func TestTheSettingsThatAreWrongAreNamedTogether(t *testing.T) {
	for name, c := range map[string]struct {
		config direct.Config
		wrong  []string
	}{
		"nothing configured": {direct.Config{}, []string{"baseUrl", "merchantCode", "merchantKey", "secret", "amountUnit", "currencies"}},
		"everything wrong": {direct.Config{
			BaseURL: "ftp://x", MerchantKey: signing.NewSecret("two words"), Mode: "cards", AmountUnit: "cents", Currencies: []string{"USD", "XYZ"},
			MAC: "octal", TokenName: "card.number", Lag: -time.Second, Codes: map[string]string{"0": "refused", "x": "refused", "7": "maybe"},
		}, []string{"baseUrl", "merchantKey", "amountUnit", "currencies", "macEncoding", "cardTokenName", "lag", "codes"}},
		"a token beside the amount under its name": {direct.Config{TokenName: "amount"}, []string{"cardTokenName"}},
		"a code with zeros before it":              {direct.Config{Codes: map[string]string{"007": "refused"}}, []string{"codes"}},
	} {
		_, err := c.config.Open(wallet.Env{})
		for _, want := range c.wrong {
			if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "; "+want+" ") {
				t.Errorf("%s: %s is not named in %v", name, want, err)
			}
		}
	}
}

// A callback's signature has no separators: bytes may move between neighbours unnoticed.
// The query that follows distinguishes them.
func TestBytesThatMoveBetweenSignedMembersSettleNothing(t *testing.T) {
	s := open(t)
	req := request("ORD4560000000000000000000001", 300000)
	p, err := s.wallet.CreatePayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.provider.Settle(req.RequestID, "pay"); err != nil {
		t.Fatal(err)
	}
	s.provider.RunOnce(t.Context())
	all := s.inbox.All()
	var genuine map[string]any
	if err := json.Unmarshal(all[0].Body, &genuine); err != nil {
		t.Fatal(err)
	}
	moved := string(all[0].Body)
	moved = strings.Replace(moved, `"order_sn":"`+p.PaymentID+`"`, `"order_sn":"`+p.PaymentID+req.RequestID[:3]+`"`, 1)
	moved = strings.Replace(moved, `"merchant_order_sn":"`+req.RequestID+`"`, `"merchant_order_sn":"`+req.RequestID[3:]+`"`, 1)
	d := all[0]
	d.Body = []byte(moved)
	notifier, querier := s.wallet.(wallet.Notifier), s.wallet.(wallet.Querier)
	n, err := notifier.ParseNotification(t.Context(), d)
	if err != nil || !n.Confirm {
		t.Fatalf("got %+v and %v; want news that has to be confirmed, since the signature holds", n, err)
	}
	if got, err := querier.QueryPayment(t.Context(), n.Events[0].Payment.Ref); err == nil {
		t.Errorf("the query bears it out: %+v", got)
	}
	crossed := wallet.Ref{RequestID: req.RequestID, PaymentID: "SN1"}
	if got, err := querier.QueryPayment(t.Context(), crossed); err == nil {
		t.Errorf("a number of another order bears it out: %+v", got)
	}
}

func request(id string, minor int64) wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_1", Amount: wallet.Money{Minor: minor, Currency: "USD"}, Description: "Two teas", Channel: wallet.Web,
		NotifyURL: notifyURL, ReturnURL: "https://merchant.example/return", ExpiresAt: time.Now().Add(time.Hour),
	}
}

func TestAmountsAreIntegersInTheConfiguredUnit(t *testing.T) {
	for unit, c := range map[string]struct {
		amounts map[int64]string // minor units, and what is sent; empty: refused
	}{
		"minor": {map[int64]string{300000: "300000", 1: "1", 1050: "1050"}},
		"major": {map[int64]string{300000: "3000", 100: "1", 1050: "", 1: ""}},
	} {
		for minor, want := range c.amounts {
			var sent string
			s := open(t, func(near *direct.Config, far *simulator.Config) {
				near.AmountUnit, far.Direct.Major = unit, unit == "major"
				far.OnRequest = func(_ string, body []byte) {
					if i := strings.Index(string(body), `"amount":`); i >= 0 {
						sent, _, _ = strings.Cut(string(body)[i+len(`"amount":`):], ",")
					}
				}
			})
			req := request("ORD4560000000000000000000001", minor)
			_, err := s.wallet.CreatePayment(t.Context(), req)
			if sent != want || (err == nil) != (want != "") || want == "" && fault.KindOf(err) != fault.Invalid {
				t.Errorf("%d in %s units: sent %q, %v; want %q", minor, unit, sent, err, want)
			}
			if want == "" {
				continue
			}
			if got, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: req.RequestID}); err != nil || got.Amount != req.Amount {
				t.Errorf("%d in %s units: queried, it is %v, %v", minor, unit, got.Amount, err)
			}
		}
	}
}

func TestThatOurNumberIsNotFoundProvesNothingUnlessConfigured(t *testing.T) {
	for byReference, want := range map[bool]fault.Kind{true: fault.NotFound, false: fault.Unknown} {
		s := open(t, func(near *direct.Config, _ *simulator.Config) { near.ByReference = byReference })
		_, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: "ORD4560000000000000000000001"})
		if fault.KindOf(err) != want {
			t.Errorf("found by reference %v: got %v, want %v", byReference, err, want)
		}
	}
}

func TestOnlyPaidIsAccepted(t *testing.T) {
	s := open(t)
	req := request("ORD4560000000000000000000001", 1000)
	if _, err := s.wallet.CreatePayment(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	querier := s.wallet.(wallet.Querier)
	s.provider.Inject(simulator.Rule{Fault: "unknown_status", Times: 1})
	got, err := querier.QueryPayment(t.Context(), wallet.Ref{RequestID: req.RequestID})
	if err != nil || got.Status != wallet.Pending || got.Code != "reviewing" {
		t.Errorf("an unknown status: got %+v, %v; want pending, and the word", got, err)
	}
	s.provider.Inject(simulator.Rule{Fault: "amount_missing", Times: 1})
	if err := s.provider.Settle(req.RequestID, "pay"); err != nil {
		t.Fatal(err)
	}
	got, err = querier.QueryPayment(t.Context(), wallet.Ref{RequestID: req.RequestID})
	if err != nil || got.Status != wallet.Paid || got.Amount != (wallet.Money{}) {
		t.Errorf("paid without an amount: got %+v, %v", got, err)
	}
}

func TestWebhooksOfCardCallsAreAcknowledgedAndChangeNothing(t *testing.T) {
	for name, s := range map[string]*stand{"orders": open(t), "cards": open(t, cards)} {
		notifier := s.wallet.(wallet.Notifier)
		d := wallet.Delivery{Method: "POST", Path: "/notify/direct", Body: []byte(`{"event":"payment.success","amount":"100.00"}`)}
		n, err := notifier.ParseNotification(t.Context(), d)
		if !errors.Is(err, fault.Unauthenticated) || len(n.Events) != 0 {
			t.Errorf("%s: got %+v, %v; want nothing believed", name, n, err)
		}
		if reply := notifier.Reply(d, err); reply.Status != 200 || string(reply.Body) != "SUCCESS" {
			t.Errorf("%s: replied %d %s, want an acknowledgement", name, reply.Status, reply.Body)
		}
		if !strings.Contains(s.log.String(), "payment.success") {
			t.Errorf("%s: the log says %q, want the event", name, s.log)
		}
		forged := wallet.Delivery{Body: []byte(`{"event":"payment.success","order_sn":"SN1","signature":"00"}`)}
		if _, err := notifier.ParseNotification(t.Context(), forged); notifier.Reply(forged, err).Status != 401 {
			t.Errorf("%s: a forged callback is acknowledged", name)
		}
	}
}

func TestAPhoneGetsTheLinkAndABrowserTheCode(t *testing.T) {
	far := &fixed{status: 200, body: []byte(`{"code":0,"data":{"order_sn":"SN1","payment_url":"","qr_code":"000201"}}`)}
	w, err := settings("https://direct.example").Open(wallet.Env{HTTP: &http.Client{Transport: far}})
	if err != nil {
		t.Fatal(err)
	}
	action := func(channel wallet.Channel) wallet.Action {
		req := request("ORD4560000000000000000000001", 1000)
		req.Channel = channel
		p, err := w.CreatePayment(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return *p.Action
	}
	if got := action(wallet.App); got.Type != wallet.ActionQR || got.Content != "000201" {
		t.Errorf("an app without a link: got %+v, want the QR code", got)
	}
	far.body = []byte(`{"code":0,"data":{"order_sn":"SN1","payment_url":"https://pay.example","qr_code":"000201"}}`)
	for channel, want := range map[wallet.Channel]wallet.ActionType{
		wallet.Web: wallet.ActionQR, wallet.H5: wallet.ActionRedirect, wallet.App: wallet.ActionRedirect, wallet.MiniProgram: wallet.ActionRedirect,
	} {
		if got := action(channel); got.Type != want || got.URL != "https://pay.example" {
			t.Errorf("%s: got %+v, want %s with the link", channel, got, want)
		}
	}
}

func TestAnAnswerAboutSomethingElseIsUnknown(t *testing.T) {
	const id = "ORD4560000000000000000000001"
	far := &fixed{status: 200}
	open := func(mode string) wallet.Wallet {
		c := settings("https://direct.example")
		c.Mode = mode
		w, err := c.Open(wallet.Env{HTTP: &http.Client{Transport: far}})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	orders, cards := open("orders").(*direct.Orders), open("cards").(*direct.Cards)
	create := func() error { _, err := orders.CreatePayment(t.Context(), request(id, 1000)); return err }
	query := func() error {
		_, err := orders.QueryPayment(t.Context(), wallet.Ref{RequestID: id, PaymentID: "SN1"})
		return err
	}
	authorize := func() error { _, err := cards.CreatePayment(t.Context(), charge(1000)); return err }
	held := wallet.Ref{RequestID: id, PaymentID: "T1"}
	capture := func() error {
		_, err := cards.Capture(t.Context(), wallet.CaptureRequest{Payment: held, Amount: usd(1000)})
		return err
	}
	void := func() error { _, err := cards.Void(t.Context(), wallet.VoidRequest{Payment: held}); return err }
	refund := func() error {
		_, err := cards.Refund(t.Context(), wallet.RefundRequest{Payment: held, Amount: usd(1000), Paid: usd(2000)})
		return err
	}
	for name, c := range map[string]struct {
		call   func() error
		answer string
		good   bool
	}{
		"create":                             {create, `{"code":0,"data":{"order_sn":"SN1","payment_url":"https://pay.example"}}`, true},
		"create with its code as text":       {create, `{"code":"0","data":{"order_sn":"SN1","payment_url":"https://pay.example"}}`, true},
		"create without a code":              {create, `{"data":{"order_sn":"SN1","payment_url":"https://pay.example"}}`, false},
		"create without a number":            {create, `{"code":0,"data":{"payment_url":"https://pay.example"}}`, false},
		"create with a path for a number":    {create, `{"code":0,"data":{"order_sn":"SN1/../x","payment_url":"https://pay.example"}}`, false},
		"create with a script for a URL":     {create, `{"code":0,"data":{"order_sn":"SN1","payment_url":"javascript:alert(1)"}}`, false},
		"create with a URL without TLS":      {create, `{"code":0,"data":{"order_sn":"SN1","payment_url":"http://pay.example"}}`, false},
		"status of ours":                     {query, `{"code":0,"data":{"order_sn":"SN1","ref_no":"` + id + `","status":"paid","amount":1000,"currency":"USD"}}`, true},
		"status of another provider's order": {query, `{"code":0,"data":{"order_sn":"SN2","ref_no":"` + id + `","status":"paid","amount":1000,"currency":"USD"}}`, false},
		"status of another order of ours":    {query, `{"code":0,"data":{"order_sn":"SN1","ref_no":"ORD2","status":"paid","amount":1000,"currency":"USD"}}`, false},
		"status that names neither":          {query, `{"code":0,"data":{"status":"paid","amount":1000,"currency":"USD"}}`, false},
		"status of a fraction of a unit":     {query, `{"code":0,"data":{"order_sn":"SN1","ref_no":"` + id + `","status":"paid","amount":1000.5,"currency":"USD"}}`, false},
		"authorized":                         {authorize, `{"code":0,"data":{"transaction_id":"1","status":"authorized","amount":"10.00"}}`, true},
		"authorized without an amount":       {authorize, `{"code":0,"data":{"transaction_id":"1","status":"authorized"}}`, true},
		"authorized another amount":          {authorize, `{"code":0,"data":{"transaction_id":"1","status":"authorized","amount":"10.01"}}`, false},
		"authorized as captured":             {authorize, `{"code":0,"data":{"transaction_id":"1","status":"captured","amount":"10.00"}}`, false},
		"authorized without a transaction":   {authorize, `{"code":0,"data":{"status":"authorized","amount":"10.00"}}`, false},
		"captured":                           {capture, `{"code":0,"data":{"transaction_id":"T1","status":"captured","amount":"10.00"}}`, true},
		"captured another transaction":       {capture, `{"code":0,"data":{"transaction_id":"T2","status":"captured","amount":"10.00"}}`, false},
		"captured another amount":            {capture, `{"code":0,"data":{"transaction_id":"T1","status":"captured","amount":"1.00"}}`, false},
		"voided":                             {void, `{"code":0,"data":{"transaction_id":"T1","status":"voided"}}`, true},
		"voided another transaction":         {void, `{"code":0,"data":{"transaction_id":"T2","status":"voided"}}`, false},
		"refunded":                           {refund, `{"code":0,"data":{"transaction_id":"T1","status":"refunded","amount":"10.00"}}`, true},
		"refunded another transaction":       {refund, `{"code":0,"data":{"transaction_id":"T2","status":"refunded","amount":"10.00"}}`, false},
		"refunded another amount":            {refund, `{"code":0,"data":{"transaction_id":"T1","status":"refunded","amount":"20.00"}}`, false},
	} {
		far.body = []byte(c.answer)
		if err := c.call(); (err == nil) != c.good || err != nil && fault.KindOf(err) != fault.Unknown {
			t.Errorf("%s: got %v, want it believed: %v, or Unknown", name, err, c.good)
		}
	}
	far.status, far.body = 500, []byte(`{"code":1001}`)
	if err := create(); fault.KindOf(err) != fault.Unknown {
		t.Errorf("a refusal with HTTP 500: got %v, want Unknown", err)
	}
	far.status, far.body = 404, []byte(`{"code":0,"data":{"order_sn":"SN1","payment_url":"https://pay.example"}}`)
	if err := create(); fault.KindOf(err) != fault.Unknown {
		t.Errorf("a success with HTTP 404: got %v, want Unknown", err)
	}
}
