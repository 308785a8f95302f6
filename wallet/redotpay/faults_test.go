package redotpay_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/redotpay"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

func paymentRequest(id string) wallet.PaymentRequest {
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_1", Amount: wallet.Money{Minor: 1234, Currency: "USD"}, Description: "Two teas", Channel: wallet.Web,
		ReturnURL: "https://merchant.example/return", ExpiresAt: time.Now().Add(time.Hour),
	}
}

const orderID = "01KAGD3Z8Q9M5X7T2V4B6N8C0RP1"

// created is a stand with an open payment.
func created(t *testing.T, change ...func(*redotpay.Config, *simulator.Config)) (*stand, wallet.Payment) {
	t.Helper()
	s := open(t, change...)
	p, err := s.wallet.CreatePayment(t.Context(), paymentRequest(orderID))
	if err != nil {
		t.Fatal(err)
	}
	return s, p
}

func (s *stand) query(t *testing.T, ref wallet.Ref) wallet.Payment {
	t.Helper()
	p, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A code that no setting explains proves nothing, however it reads.
func TestACodeMeansWhatIsConfiguredAndElseNothing(t *testing.T) {
	for code, want := range map[string]struct{ create, query, refund fault.Kind }{
		"PARAM_ERROR":        {fault.Declined, fault.Unknown, fault.Declined}, // configured as refused
		"ORDER_NOT_FOUND":    {fault.NotFound, fault.NotFound, fault.NotFound},
		"SYSTEM_ERROR":       {fault.Unknown, fault.Unknown, fault.Unknown},
		"10042":              {fault.Unknown, fault.Unknown, fault.Unknown},
		"AMOUNT_TOO_LOW":     {fault.Unknown, fault.Unknown, fault.Unknown},
		"Internal_Failure":   {fault.Unknown, fault.Unknown, fault.Unknown},
		"ORDER_EXIST":        {fault.Unknown, fault.Unknown, fault.Unknown},
		"FAIL":               {fault.Unknown, fault.Unknown, fault.Unknown},
		"Error":              {fault.Unknown, fault.Unknown, fault.Unknown},
		"503":                {fault.Unknown, fault.Unknown, fault.Unknown},
		"TRY_LATER":          {fault.Unknown, fault.Unknown, fault.Unknown},
		"SIGN_ERROR":         {fault.Unknown, fault.Unknown, fault.Unknown},
		"REQUEST_TIMEOUT":    {fault.Unknown, fault.Unknown, fault.Unknown},
		"ORDER_STATUS_ERROR": {fault.Declined, fault.Unknown, fault.Declined},
	} {
		s, p := created(t)
		if err := s.provider.Settle(orderID, "pay"); err != nil {
			t.Fatal(err)
		}
		for endpoint, c := range map[string]struct {
			want fault.Kind
			call func() error
		}{
			"create": {want.create, func() error {
				_, err := s.wallet.CreatePayment(t.Context(), paymentRequest("01KAGD3Z8Q9M5X7T2V4B6N8C0SP1"))
				return err
			}},
			"detail": {want.query, func() error { _, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), p.Ref); return err }},
			"refund": {want.refund, func() error {
				_, err := s.wallet.(wallet.Refunder).Refund(t.Context(), wallet.RefundRequest{RequestID: "01KAGD3Z8Q9M5X7T2V4B6N8C0RR1", Payment: p.Ref, Amount: p.Amount})
				return err
			}},
		} {
			s.provider.Clear()
			s.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: endpoint, Code: code, Times: 1})
			err := c.call()
			if f := fault.Of(err); err == nil || f.Kind != c.want || f.Code != code || !strings.Contains(err.Error(), "req-") {
				t.Errorf("%s to %s: got %v, want %v with the code and the provider's name for the request", code, endpoint, err, c.want)
			}
		}
	}
}

func TestAnUnknownOrderIsNotFoundOnlyWhereTheCodeIsConfigured(t *testing.T) {
	s := open(t, func(near *redotpay.Config, _ *simulator.Config) { near.Codes = nil })
	_, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: orderID})
	if fault.KindOf(err) != fault.Unknown {
		t.Errorf("got %v, want Unknown: without a setting no code proves that there is no order", err)
	}
}

func TestAFailedAttemptEndsNothingAndMoneyAfterTheEndIsReported(t *testing.T) {
	s, p := created(t)
	for _, step := range []struct {
		outcome string
		want    wallet.Status
		code    string
	}{{"decline", wallet.Pending, "3"}, {"pay", wallet.Paid, "2"}, {"decline", wallet.Paid, "2"}} {
		if err := s.provider.Settle(orderID, step.outcome); err != nil {
			t.Fatal(err)
		}
		if got := s.query(t, p.Ref); got.Status != step.want || got.Code != step.code {
			t.Errorf("after %s: %s with code %s, want %s with %s", step.outcome, got.Status, got.Code, step.want, step.code)
		}
	}
	s, p = created(t)
	if got, err := s.wallet.(wallet.Canceler).Cancel(t.Context(), p.Ref); err != nil || got.Status != wallet.Canceled {
		t.Fatalf("canceled: %+v, %v", got, err)
	}
	if err := s.provider.Settle(orderID, "late"); err != nil {
		t.Fatal(err)
	}
	if got := s.query(t, p.Ref); got.Status != wallet.Paid || got.Amount != p.Amount {
		t.Errorf("paid after it was closed: %+v, want paid", got)
	}
}

func TestCloseProvesNothingByItself(t *testing.T) {
	s, p := created(t)
	canceler := s.wallet.(wallet.Canceler)
	s.provider.Inject(simulator.Rule{Fault: "refuse_close", Times: 1})
	if got, err := canceler.Cancel(t.Context(), p.Ref); err != nil || got.Status != wallet.Pending {
		t.Errorf("a close that was refused: %+v, %v; want pending", got, err)
	}
	s.provider.Inject(simulator.Rule{Fault: "unknown_outcome", Endpoint: "close", Times: 1})
	if got, err := canceler.Cancel(t.Context(), p.Ref); err != nil || got.Status != wallet.Canceled {
		t.Errorf("a close whose outcome was not reported: %+v, %v; want canceled, as the query says", got, err)
	}
	before := s.line.Calls()
	if got, err := canceler.Cancel(t.Context(), p.Ref); err != nil || got.Status != wallet.Canceled || s.line.Calls() != before+1 {
		t.Errorf("a close of what is closed: %+v, %v after %d calls; want one query", got, err, s.line.Calls()-before)
	}
}

func TestAnotherNumberOfTheProvidersIsKeptAndLogged(t *testing.T) {
	s, p := created(t)
	s.provider.Inject(simulator.Rule{Fault: "change_id"})
	if err := s.provider.Settle(orderID, "pay"); err != nil {
		t.Fatal(err)
	}
	got := s.query(t, p.Ref)
	if got.PaymentID == p.PaymentID || got.RequestID != orderID || len(got.OtherIDs) != 2 || got.OtherIDs[1] != p.PaymentID {
		t.Errorf("got %+v, want the new number, with the old one and the transaction's", got)
	}
	if !strings.Contains(s.log.String(), "another number") {
		t.Errorf("the log says %q", s.log)
	}
}

func TestAnswersThatContradictTheQuestionAreUnknown(t *testing.T) {
	s, p := created(t)
	for _, f := range []simulator.Fault{"no_data", "amount_huge"} {
		s.provider.Inject(simulator.Rule{Fault: f, Endpoint: "detail", Times: 1})
		if _, err := s.wallet.(wallet.Querier).QueryPayment(t.Context(), p.Ref); fault.KindOf(err) != fault.Unknown {
			t.Errorf("%s: got %v, want Unknown", f, err)
		}
	}
	s.provider.Inject(simulator.Rule{Fault: "number_as_text", Endpoint: "detail", Times: 1})
	if got := s.query(t, p.Ref); got.Status != wallet.Pending || got.Amount != p.Amount {
		t.Errorf("numbers as text: got %+v, want the same", got)
	}
	s.provider.Inject(simulator.Rule{Fault: "no_data", Endpoint: "create", Times: 1})
	if _, err := s.wallet.CreatePayment(t.Context(), paymentRequest("01KAGD3Z8Q9M5X7T2V4B6N8C0SP1")); fault.KindOf(err) != fault.Unknown {
		t.Errorf("create without data: got %v, want Unknown", err)
	}
}

func TestWhatTheWalletCannotDoIsRefusedBeforeItIsSent(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		change func(*wallet.PaymentRequest)
		want   fault.Kind
	}{
		"a hold":           {func(r *wallet.PaymentRequest) { r.Hold = true }, fault.Unsupported},
		"an agreement":     {func(r *wallet.PaymentRequest) { r.Agreement = "t" }, fault.Unsupported},
		"a method's token": {func(r *wallet.PaymentRequest) { r.MethodToken = "t" }, fault.Unsupported},
		"euros":            {func(r *wallet.PaymentRequest) { r.Amount.Currency = "EUR" }, fault.Invalid},
	} {
		req := paymentRequest(orderID)
		c.change(&req)
		if _, err := s.wallet.CreatePayment(t.Context(), req); fault.KindOf(err) != c.want || s.line.Calls() != 0 {
			t.Errorf("%s: got %v after %d calls, want %v and none", name, err, s.line.Calls(), c.want)
		}
	}
}

func TestAMethodThatCannotBeFetchedLeavesTheChoice(t *testing.T) {
	s := open(t, byMethods)
	s.provider.Inject(simulator.Rule{Fault: "server_error", Endpoint: "payment-method", Times: 1})
	req := paymentRequest(orderID)
	req.Method = "2"
	p, err := s.wallet.CreatePayment(t.Context(), req)
	if err != nil || p.Action.Type != wallet.ActionChooseMethod || p.Method != "" {
		t.Fatalf("got %+v, %v; want the payment with the choice of methods", p, err)
	}
	chosen, err := s.wallet.(wallet.Chooser).ChoosePayment(t.Context(), wallet.ChooseRequest{Payment: p.Ref, Method: "2"})
	if err != nil || chosen.Action.Type != wallet.ActionQR || !strings.Contains(chosen.Action.Content, "method=2") || chosen.Action.URL == chosen.Action.Content {
		t.Errorf("chosen: %+v, %v; want the method's QR code, and its link", chosen.Action, err)
	}
	app, err := s.wallet.(wallet.Chooser).ChoosePayment(t.Context(), wallet.ChooseRequest{Payment: p.Ref, Method: "3"})
	if err != nil || app.Action.Type != wallet.ActionDeeplink || !strings.HasPrefix(app.Action.URL, "redotpay://") {
		t.Errorf("chosen: %+v, %v; want the app's deep link", app.Action, err)
	}
}

func TestAManualMethodIsFetchedWhateverCreateReports(t *testing.T) {
	for manual, want := range map[string]int{"true": 2, "false": 1} {
		far := &fixed{status: 200, body: []byte(`{"code":"SUCCESS","data":{"orderSn":"RAP1","webUrl":"https://pay.example/w",` +
			`"paymentMethods":[{"id":"1","manual":` + manual + `,"webUrl":"https://pay.example/m"},{"id":"2","manual":true}]}}`)}
		line := wallettest.NewLine(far)
		w, err := settings(t, "https://acquirer.redotpay.example").Open(wallet.Env{HTTP: line.Client()})
		if err != nil {
			t.Fatal(err)
		}
		req := paymentRequest(orderID)
		req.Method = "1"
		p, err := w.CreatePayment(t.Context(), req)
		if err != nil || p.Method != "1" || p.Action.Type != wallet.ActionRedirect || line.Calls() != want {
			t.Errorf("manual %s: got %+v and %v after %d calls, want %d", manual, p, err, line.Calls(), want)
		}
	}
}

func TestTheActionOfAChosenMethodIsThatOfTheChannel(t *testing.T) {
	far := &fixed{status: 200, body: []byte(`{"code":"SUCCESS","data":{"qrCode":"000201",` + links + `}}`)}
	w, err := settings(t, "https://acquirer.redotpay.example").Open(wallet.Env{HTTP: &http.Client{Transport: far}})
	if err != nil {
		t.Fatal(err)
	}
	for channel, want := range map[wallet.Channel]*wallet.Action{
		wallet.Web:         {Type: wallet.ActionQR, Content: "000201", URL: "https://pay.example/w"},
		wallet.H5:          {Type: wallet.ActionQR, Content: "000201", URL: "https://pay.example/h"},
		wallet.MiniProgram: {Type: wallet.ActionQR, Content: "000201", URL: "https://pay.example/h"},
		wallet.App:         deeplink("redotpay://pay?sn=1"),
	} {
		req := wallet.ChooseRequest{Payment: wallet.Ref{RequestID: orderID, PaymentID: "RAP1"}, Method: "2", Channel: channel}
		got, err := w.(wallet.Chooser).ChoosePayment(t.Context(), req)
		if err != nil || !reflect.DeepEqual(got.Action, want) {
			t.Errorf("%s: got %+v and %v, want %+v", channel, got.Action, err, want)
		}
	}
}

func TestSandboxRequestsWithoutAKeyCarryNoSignature(t *testing.T) {
	s := open(t, func(near *redotpay.Config, _ *simulator.Config) {
		near.Environment, near.SandboxWithoutSignatures = "sandbox", true
		near.PrivateKey = redotpay.Config{}.PrivateKey
	})
	_, err := s.wallet.CreatePayment(t.Context(), paymentRequest(orderID))
	if fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want Unavailable: this provider does check signatures", err)
	}
}

func TestAnAnswerAboutSomethingElseIsUnknown(t *testing.T) {
	far := &fixed{status: 200}
	c := settings(t, "https://acquirer.redotpay.example")
	opened, err := c.Open(wallet.Env{HTTP: &http.Client{Transport: far}})
	if err != nil {
		t.Fatal(err)
	}
	w, ref := opened.(redotpay.Refunding), wallet.Ref{RequestID: orderID, PaymentID: "RAP1"}
	create := func() error { _, err := w.CreatePayment(t.Context(), paymentRequest(orderID)); return err }
	query := func() error { _, err := w.QueryPayment(t.Context(), ref); return err }
	byID := func() error { _, err := w.QueryPayment(t.Context(), wallet.Ref{PaymentID: "RAP1"}); return err }
	refund := func() error {
		_, err := w.Refund(t.Context(), wallet.RefundRequest{RequestID: "REFUND1", Payment: ref, Amount: wallet.Money{Minor: 250, Currency: "USD"}})
		return err
	}
	queryRefund := func() error {
		_, err := w.QueryRefund(t.Context(), wallet.RefundRef{RequestID: "REFUND1", Payment: ref})
		return err
	}
	const ours = `"outerOrderSn":"` + orderID + `"`
	for name, c := range map[string]struct {
		call func() error
		data string
		good bool
	}{
		"create of ours":                     {create, `{"orderSn":"RAP1",` + ours + `,"webUrl":"https://pay.example/w"}`, true},
		"create that names no number":        {create, `{"orderSn":"RAP1","webUrl":"https://pay.example/w"}`, true},
		"create of another's":                {create, `{"orderSn":"RAP1","outerOrderSn":"ANOTHER","webUrl":"https://pay.example/w"}`, false},
		"create without its own number":      {create, `{` + ours + `,"webUrl":"https://pay.example/w"}`, false},
		"create that leads nowhere":          {create, `{"orderSn":"RAP1",` + ours + `}`, false},
		"create with methods of no form":     {create, `{"orderSn":"RAP1",` + ours + `,"webUrl":"https://pay.example/w","paymentMethods":["RedotPay"]}`, true},
		"create with a method without an id": {create, `{"orderSn":"RAP1",` + ours + `,"webUrl":"https://pay.example/w","paymentMethods":[{"name":"x"}]}`, true},
		"create with such methods alone":     {create, `{"orderSn":"RAP1",` + ours + `,"paymentMethods":[{"name":"x"}]}`, false},
		"detail with methods of no form":     {query, `{"orderSn":"RAP1",` + ours + `,"orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD","paymentMethods":"RedotPay","manual":0}`, true},
		"detail with a transaction's number": {query, `{"orderSn":"RAP1",` + ours + `,"orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD","txId":17}`, true},
		"detail without its own number":      {query, `{` + ours + `,"orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD"}`, false},
		"detail without our number":          {byID, `{"orderSn":"RAP1","orderStatus":1}`, false},
		"create of an absurd number":         {create, `{"orderSn":"` + strings.Repeat("R", 200) + `",` + ours + `,"webUrl":"https://pay.example/w"}`, false},
		"detail of ours":                     {query, `{"orderSn":"RAP1",` + ours + `,"orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD"}`, true},
		"detail of another's":                {query, `{"orderSn":"RAP1","outerOrderSn":"ANOTHER","orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD"}`, false},
		"detail without any number":          {query, `{"orderSn":"RAP1","orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD"}`, false},
		"detail by the provider's number":    {byID, `{"orderSn":"RAP1",` + ours + `,"orderStatus":1}`, true},
		"detail of another of its numbers":   {byID, `{"orderSn":"RAP2",` + ours + `,"orderStatus":1}`, false},
		"detail of an amount that is text":   {query, `{"orderSn":"RAP1",` + ours + `,"orderStatus":2,"orderAmount":"a lot","orderCurrency":"USD"}`, false},
		"a refund of ours":                   {refund, `{"outerRefundSn":"REFUND1","refundSn":"R","refundAmount":2.50,"refundStatus":2}`, true},
		"a refund that names no amount":      {refund, `{"outerRefundSn":"REFUND1"}`, true},
		"a refund of another's":              {refund, `{"outerRefundSn":"REFUND2","refundSn":"R","refundAmount":2.5}`, false},
		"a refund of another amount":         {refund, `{"outerRefundSn":"REFUND1","refundSn":"R","refundAmount":2.51}`, false},
		"a query of another's refund":        {queryRefund, `{"outerRefundSn":"REFUND2","refundSn":"R","refundAmount":2.5,"refundStatus":2}`, false},
		"a query of our refund":              {queryRefund, `{"outerRefundSn":"REFUND1","refundSn":"R","refundAmount":2.5,"refundStatus":2}`, true},
		"a query of a refund without bound":  {queryRefund, `{"outerRefundSn":"REFUND1","refundAmount":1e40,"refundStatus":2}`, false},
	} {
		far.body = []byte(`{"code":"SUCCESS","data":` + c.data + `}`)
		if err := c.call(); (err == nil) != c.good || err != nil && fault.KindOf(err) != fault.Unknown {
			t.Errorf("%s: got %v, want it believed: %v, or Unknown", name, err, c.good)
		}
	}
	for name, answer := range map[string]string{
		"without a code": `{"data":{` + ours + `}}`, "with an empty code": `{"code":"","data":{}}`, "of another form": `[]`,
	} {
		far.body = []byte(answer)
		if err := create(); fault.KindOf(err) != fault.Unknown {
			t.Errorf("create answered %s: got %v, want Unknown", name, err)
		}
	}
	far.status, far.body = 500, []byte(`{"code":"PARAM_ERROR"}`)
	if err := create(); fault.KindOf(err) != fault.Unknown {
		t.Errorf("a refusal with HTTP 500: got %v, want Unknown", err)
	}
	far.status = 404
	far.body = []byte(`{"code":"SUCCESS","data":{"orderSn":"RAP1",` + ours + `,"orderStatus":2,"orderAmount":12.34,"orderCurrency":"USD"}}`)
	if err := query(); fault.KindOf(err) != fault.Unknown {
		t.Errorf("SUCCESS with HTTP 404: got %v, want Unknown", err)
	}
}
