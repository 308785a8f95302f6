package ottpay_test

import (
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

var webMethods = []string{
	"WECHATPAY", "ALIPAY", "UNIONPAY", "GP", "QR_WECHATPAY", "QR_ALIPAY", "QR_UNIONPAY", "H5_WECHATPAY", "MINI_WECHATPAY",
	"CARD_UNIONPAY", "CARD_CONVERGE",
}

// allMethods is an account that has every method of the Web API.
func allMethods(c *ottpay.Config, _ *simulator.Config) {
	c.Methods, c.MiniAppID, c.H5Return = webMethods, "wx0123456789", "redirect_url"
}

func newRequest(method string) wallet.PaymentRequest {
	id := ulid.Make().String() + "P1"
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_" + id[:26], Amount: cad(1250), Description: "茶 & tea", Method: method, Channel: wallet.Web,
		Payer: wallet.Payer{ID: "openid-1"}, ExpiresAt: time.Now().Add(15 * time.Minute),
		ReturnURL: "https://merchant.example/return/1?x=1&y=2", NotifyURL: "https://merchant.example/notify/ottpay",
	}
}

// create opens a payment that must open.
func (s *stand) create(t *testing.T, req wallet.PaymentRequest) wallet.Payment {
	t.Helper()
	p, err := s.wallet.CreatePayment(t.Context(), req)
	if err != nil {
		t.Fatalf("%s: %v", req.Method, err)
	}
	return p
}

func (s *stand) query(t *testing.T, ref wallet.Ref) (wallet.Payment, error) {
	t.Helper()
	return s.wallet.(wallet.Querier).QueryPayment(t.Context(), ref)
}

// settle lets the payer of a payment decide, by whichever of its ids the provider has.
func (s *stand) settle(t *testing.T, p wallet.Payment, outcome string) {
	t.Helper()
	if s.provider.Settle(p.RequestID, outcome) == nil {
		return
	}
	if err := s.provider.Settle(p.PaymentID, outcome); err != nil {
		t.Fatal(err)
	}
}

func TestEachMethodLeadsThePayerSomewhere(t *testing.T) {
	s := open(t, "web", allMethods)
	for method, want := range map[string]wallet.ActionType{
		"": wallet.ActionRedirect, "ALIPAY": wallet.ActionRedirect, "GP": wallet.ActionRedirect, "H5_WECHATPAY": wallet.ActionRedirect,
		"CARD_UNIONPAY": wallet.ActionRedirect, "CARD_CONVERGE": wallet.ActionRedirect, "QR_WECHATPAY": wallet.ActionQR,
		"QR_UNIONPAY": wallet.ActionQR, "MINI_WECHATPAY": wallet.ActionOrderStr,
	} {
		p := s.create(t, newRequest(method))
		if p.Action == nil || p.Action.Type != want || p.Action.URL+p.Action.Content+p.Action.OrderStr == "" {
			t.Errorf("%s: got %+v, want %s", method, p.Action, want)
		}
	}
	checkout := s.create(t, newRequest("ALIPAY"))
	if !strings.HasSuffix(checkout.Action.URL, "&selected=ALIPAY") {
		t.Errorf("the checkout is at %s, want its method selected", checkout.Action.URL)
	}
	if h5 := s.create(t, newRequest("H5_WECHATPAY")); !strings.Contains(h5.Action.URL, "&redirect_url=https%3A%2F%2Fmerchant.example") {
		t.Errorf("the link is %s, want the way back in it", h5.Action.URL)
	}
}

func TestAPaymentWhoseAnswerWasLostIsFoundWhateverItsMethod(t *testing.T) {
	s := open(t, "web", allMethods)
	for _, method := range append([]string{""}, webMethods...) {
		req := newRequest(method)
		s.line.Next(wallettest.CutAfter)
		if _, err := s.wallet.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Unknown {
			t.Fatalf("%s: got %v, want Unknown", method, err)
		}
		got, err := s.query(t, wallet.Ref{RequestID: req.RequestID})
		if err != nil || got.Status != wallet.Pending {
			t.Errorf("%s: queried %+v and %v, want pending", method, got, err)
			continue
		}
		s.settle(t, got, "pay")
		if got, err = s.query(t, got.Ref); err != nil || got.Status != wallet.Paid || got.Charged != req.Amount {
			t.Errorf("%s: queried %+v and %v, want paid with %s", method, got, err, req.Amount)
		}
	}
}

// An order may be older than the settings. A wallet payment is found whatever they say now.
func TestAPaymentIsFoundAfterItsMethodWasRemoved(t *testing.T) {
	s := open(t, "web", allMethods)
	for _, method := range []string{"NONE", "QR_ALIPAY"} {
		req := newRequest(method)
		s.create(t, req)
		for _, left := range []string{"ALIPAY", "QR_UNIONPAY", "CARD_UNIONPAY"} {
			narrow := s.settings
			narrow.Method, narrow.Methods = left, []string{left}
			w, err := narrow.Open(wallet.Env{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: req.RequestID}); err != nil || got.Status != wallet.Pending {
				t.Errorf("%s, with %s left: got %+v and %v, want pending", method, left, got, err)
			}
		}
	}
}

// The provider has one word for a checkout that was declined and one that was left.
func TestACheckoutWithoutAnAttemptHasExpired(t *testing.T) {
	now := testclock.New()
	s := open(t, "web", func(_ *ottpay.Config, far *simulator.Config) { far.Now = now.Now })
	req := newRequest("")
	req.ExpiresAt = now.Now().Add(10 * time.Minute)
	left, declined := s.create(t, req), s.create(t, newRequest(""))
	s.settle(t, declined, "decline")
	now.Advance(10 * time.Minute)
	if got, err := s.query(t, left.Ref); err != nil || got.Status != wallet.Expired {
		t.Errorf("left: got %+v and %v, want expired", got, err)
	}
	if got, err := s.query(t, declined.Ref); err != nil || got.Status != wallet.Failed {
		t.Errorf("declined: got %+v and %v, want failed", got, err)
	}
}

func TestAHoldIsOfCardsAndStaysAuthorized(t *testing.T) {
	s := open(t, "web", allMethods)
	for _, method := range []string{"", "ALIPAY", "QR_ALIPAY", "H5_WECHATPAY"} {
		req := newRequest(method)
		req.Hold = true
		if _, err := s.wallet.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Unsupported {
			t.Errorf("%q: got %v, want Unsupported", method, err)
		}
	}
	req := newRequest("CARD_CONVERGE")
	req.Hold = true
	p := s.create(t, req)
	s.settle(t, p, "authorize")
	for _, ref := range []wallet.Ref{p.Ref, {RequestID: p.RequestID}} {
		if got, err := s.query(t, ref); err != nil || got.Status != wallet.Authorized {
			t.Errorf("queried %+v and %v, want authorized", got, err)
		}
	}
	if _, ok := s.wallet.(wallet.Capturer); ok {
		t.Error("the Web API documents no capture")
	}
	if _, ok := s.wallet.(wallet.Canceler); ok {
		t.Error("the Web API documents no cancel")
	}
}

func TestCardsAreNotRefundedByAPI(t *testing.T) {
	s := open(t, "web", allMethods)
	p := s.create(t, newRequest("CARD_UNIONPAY"))
	s.settle(t, p, "pay")
	for _, ref := range []wallet.Ref{p.Ref, {RequestID: p.RequestID}} {
		_, err := s.wallet.(wallet.Refunder).Refund(t.Context(), wallet.RefundRequest{RequestID: "R", Payment: ref, Amount: cad(1)})
		if fault.KindOf(err) != fault.Unsupported {
			t.Errorf("%+v: got %v, want Unsupported", ref, err)
		}
	}
}

func TestASurchargeThatTheAnswerShowsIsAFee(t *testing.T) {
	s := open(t, "web", allMethods, func(_ *ottpay.Config, far *simulator.Config) { far.Fee = 1 })
	p := s.create(t, newRequest("H5_WECHATPAY"))
	if p.Amount != cad(1250) || len(p.Fees) != 1 || p.Fees[0].Amount != cad(1) {
		t.Errorf("got %s with the fees %v, want 12.50 and a cent", p.Amount, p.Fees)
	}
}

func TestWhatNoMethodCanDoIsRefusedBeforeACall(t *testing.T) {
	s := open(t, "web")
	for about, change := range map[string]func(*wallet.PaymentRequest){
		"a method that is not the account's": func(r *wallet.PaymentRequest) { r.Method = "QR_ALIPAY" },
		"another currency":                   func(r *wallet.PaymentRequest) { r.Amount.Currency = "USD" },
		"a long notify URL":                  func(r *wallet.PaymentRequest) { r.NotifyURL += strings.Repeat("x", 255) },
		"a long return URL":                  func(r *wallet.PaymentRequest) { r.ReturnURL += strings.Repeat("x", 255) },
		"an agreement":                       func(r *wallet.PaymentRequest) { r.Agreement = "token" },
		"a token of a card":                  func(r *wallet.PaymentRequest) { r.MethodToken = "token" },
	} {
		req := newRequest("")
		change(&req)
		_, err := s.wallet.CreatePayment(t.Context(), req)
		if kind := fault.KindOf(err); kind != fault.Invalid && kind != fault.Unsupported || s.line.Calls() != 0 {
			t.Errorf("%s: got %v after %d calls, want a refusal before any", about, err, s.line.Calls())
		}
	}
	mini := open(t, "web", allMethods)
	req := newRequest("MINI_WECHATPAY")
	req.Payer.ID = ""
	if _, err := mini.wallet.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a mini program without its user: got %v, want Invalid", err)
	}
}

func TestCodesOfTheWebAPI(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"FAIL": fault.Declined, "PARAM_INVALID": fault.Invalid, "PARAM_ERROR": fault.Invalid, "PWD_INCORRECT": fault.Unavailable,
		"TIMEOUT": fault.Unknown, "SYSTEM_ERROR": fault.Unknown, "DB_ERROR": fault.Unknown, "PROCESSING": fault.Unknown,
		"ORDER_USED": fault.Unknown, "ORDER_PAID": fault.Unknown, "ORDER_TYPE_ERROR": fault.Unknown, "WEATHER": fault.Declined, "fail": fault.Declined,
	} {
		s := open(t, "web")
		s.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "PREPAY_INIT", Code: code})
		if _, err := s.wallet.CreatePayment(t.Context(), newRequest("")); fault.KindOf(err) != want || err == nil {
			t.Errorf("%s to a create: got %v, want %s", code, err, want)
		}
	}
}

// Nothing distinguishes "there is no such order" from a query that failed but the account's own
// knowledge. A payment that the provider has named is never unknown to it.
func TestARefusedQuery(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"FAIL": fault.NotFound, "PARAM_INVALID": fault.NotFound, "WEATHER": fault.NotFound, "TIMEOUT": fault.Unknown, "SYSTEM_ERROR": fault.Unknown,
		"PWD_INCORRECT": fault.Unavailable,
	} {
		s := open(t, "web")
		s.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "PREPAY_QUERY", Code: code})
		if _, err := s.query(t, wallet.Ref{RequestID: "01J00000000000000000000000P1"}); fault.KindOf(err) != want {
			t.Errorf("%s: got %v, want %s", code, err, want)
		}
		_, err := s.query(t, wallet.Ref{RequestID: "01J00000000000000000000000P1", PaymentID: "17672550051234567"})
		if kind := fault.KindOf(err); kind == fault.NotFound || err == nil {
			t.Errorf("%s about a payment that has a name: got %v", code, err)
		}
	}
	known := open(t, "web", func(c *ottpay.Config, _ *simulator.Config) { c.NotFoundCodes = []string{"NO_ORDER"} })
	for code, want := range map[string]fault.Kind{"NO_ORDER": fault.NotFound, "FAIL": fault.Unknown} {
		known.provider.Clear()
		known.provider.Inject(simulator.Rule{Fault: "refused", Code: code})
		if _, err := known.query(t, wallet.Ref{RequestID: "01J00000000000000000000000P1"}); fault.KindOf(err) != want {
			t.Errorf("%s, of an account that knows its codes: got %v, want %s", code, err, want)
		}
	}
}

func TestARefusedRefundIsQueriedBeforeItFails(t *testing.T) {
	s := open(t, "web")
	p := s.create(t, newRequest(""))
	s.settle(t, p, "pay")
	req := wallet.RefundRequest{
		RequestID: p.RequestID[:26] + "R1", Payment: p.Ref, Amount: cad(400), Paid: cad(1250), Books: wallet.RefundBooks{Amount: cad(400), Refunded: cad(0), Open: cad(0)},
	}
	refunder := s.wallet.(wallet.Refunder)
	if _, err := refunder.Refund(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	s.provider.Inject(simulator.Rule{Fault: "refuse_repeat"})
	if got, err := refunder.Refund(t.Context(), req); err != nil || got.Status != wallet.RefundSucceeded {
		t.Errorf("a refused repeat: got %+v and %v, want the refund that was made", got, err)
	}
	other := req
	other.RequestID, other.Amount = p.RequestID[:26]+"R2", cad(900)
	other.Books = wallet.RefundBooks{Amount: cad(900), Refunded: cad(400), Open: cad(0)}
	if _, err := refunder.Refund(t.Context(), other); fault.KindOf(err) != fault.Declined {
		t.Errorf("more than is left: got %v, want Declined", err)
	}
	// The provider's sum is another than is booked: the refund may have been made.
	other.Books.Refunded = cad(0)
	if _, err := refunder.Refund(t.Context(), other); fault.KindOf(err) != fault.Unknown {
		t.Errorf("books that differ: got %v, want Unknown", err)
	}
}

// What a code of a query means is the account's knowledge, in whatever case it is written.
func TestCodesOfTheSettingsAreComparedWithoutTheirCase(t *testing.T) {
	w, _ := scripted(t, "web", map[string][]string{"PREPAY_QUERY": {"refused:order_not_exist"}, "STATUS_QUERY": {"refused:Order_Not_Exist"}},
		func(c *ottpay.Config) { c.NotFoundCodes = []string{" order_not_Exist"} })
	if _, err := w.(wallet.Querier).QueryPayment(t.Context(), wallet.Ref{RequestID: ourPayment}); fault.KindOf(err) != fault.NotFound {
		t.Errorf("got %v, want NotFound", err)
	}
}

// An authorization that the provider has captured is paid; only "success" is ambiguous.
func TestACapturedHoldIsPaid(t *testing.T) {
	for word, want := range map[string]wallet.Status{"success": wallet.Authorized, "authorised": wallet.Authorized, "captured": wallet.Paid} {
		w, _ := scripted(t, "web", map[string][]string{
			"CC_PREAUTH":  {`{"codeUrl":"https://ott.example/pay"}`},
			"CC_QUERYPAY": {`{"rspCode":"SUCCESS","amount":"1250","order_status":"` + word + `"}`},
		}, func(c *ottpay.Config) { c.Methods = []string{"CARD_CONVERGE"} })
		req := newRequest("CARD_CONVERGE")
		req.Hold = true
		p, err := w.CreatePayment(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.(wallet.Querier).QueryPayment(t.Context(), p.Ref); err != nil || got.Status != want {
			t.Errorf("%s: got %+v and %v, want %s", word, got, err, want)
		}
	}
}
