package ottpay_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/ottpay"
	"github.com/minitill/minitill/wallet/ottpay/simulator"
	"github.com/minitill/minitill/wallet/wallettest"
)

// openREST is an account of which nothing more is known, with a token, on a clock.
func openREST(t *testing.T, changes ...change) (*stand, *testclock.Clock) {
	t.Helper()
	c := testclock.New()
	s := open(t, "rest", append(changes, func(_ *ottpay.Config, far *simulator.Config) { far.Now = c.Now })...)
	_, _ = s.query(t, wallet.Ref{RequestID: "0"})
	return s, c
}

func TestEachMethodOfRESTLeadsThePayerSomewhere(t *testing.T) {
	s, _ := openREST(t)
	for method, want := range map[string]wallet.ActionType{
		"": wallet.ActionRedirect, "WECHATPAY_JSAPI": wallet.ActionRedirect, "WECHATPAY_H5": wallet.ActionRedirect, "ALIPAY_WEB": wallet.ActionRedirect,
		"WECHATPAY_QR": wallet.ActionQR, "ALIPAY_INAPP": wallet.ActionOrderStr,
	} {
		p := s.create(t, newRequest(method))
		if p.Action == nil || p.Action.Type != want || p.Amount != cad(1250) || len(p.Fees) != 0 {
			t.Errorf("%s: got %+v, want %s for 12.50; one call answers in dollars", method, p, want)
		}
		if got, err := s.query(t, p.Ref); err != nil || got.Status != wallet.Pending || got.Amount != cad(1250) {
			t.Errorf("%s: queried %+v and %v, want pending", method, got, err)
		}
	}
}

// The provider knows no request id: whatever may have been executed is not repeated.
func TestAnUnknownCreateIsNeverRepeatedWhereNothingFindsIt(t *testing.T) {
	for _, trouble := range []wallettest.Trouble{wallettest.CutBefore, wallettest.CutAfter} {
		s, c := openREST(t)
		req := newRequest("")
		s.line.Next(trouble)
		if _, err := s.wallet.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Unknown {
			t.Fatalf("got %v, want Unknown", err)
		}
		before := s.provider.Books(req.RequestID).Payments
		req.LastSentAt = c.Now()
		c.Advance(time.Hour)
		for range 3 {
			if _, err := s.wallet.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Unknown {
				t.Errorf("queried again: got %v, want Unknown", err)
			}
		}
		if _, err := s.query(t, wallet.Ref{RequestID: req.RequestID}); fault.KindOf(err) != fault.Unknown {
			t.Errorf("nothing by reference: got %v, want Unknown", err)
		}
		if got := s.provider.Books(req.RequestID).Payments; got != before {
			t.Errorf("payments at the provider: got %d, want %d", got, before)
		}
	}
}

func TestAnAccountThatFindsRemarksRepeatsACreateOnceTheQueryFindsNone(t *testing.T) {
	s, c := openREST(t, findable)
	req := newRequest("")
	req.LastSentAt = c.Now()
	if _, err := s.wallet.CreatePayment(t.Context(), req); fault.KindOf(err) != fault.Unknown {
		t.Errorf("before the queries can know: got %v, want Unknown", err)
	}
	c.Advance(2 * time.Minute)
	p := s.create(t, req)
	if again := s.create(t, req); again.PaymentID != p.PaymentID || s.provider.Books(req.RequestID).Payments != 1 {
		t.Errorf("got the payments %s and %s, want one", p.PaymentID, again.PaymentID)
	}
}

func TestARESTPaymentIsReadByItsStateCode(t *testing.T) {
	s, _ := openREST(t)
	for outcome, want := range map[string]wallet.Status{"pay": wallet.Paid, "decline": wallet.Failed, "expire": wallet.Expired, "leave": wallet.Pending} {
		p := s.create(t, newRequest(""))
		s.settle(t, p, outcome)
		if got, err := s.query(t, p.Ref); err != nil || got.Status != want {
			t.Errorf("%s: got %+v and %v, want %s", outcome, got, err, want)
		}
		s.provider.Inject(simulator.Rule{Fault: "fewer_members", Endpoint: "/api/v1/payment/status-query", Times: 1})
		if got, err := s.query(t, p.Ref); err != nil || want == wallet.Paid && got.Status != wallet.Paid {
			t.Errorf("%s without a state code: got %+v and %v", outcome, got, err)
		}
	}
	p := s.create(t, newRequest(""))
	s.provider.Inject(simulator.Rule{Fault: "unknown_status"})
	if got, err := s.query(t, p.Ref); err != nil || got.Status != "" || got.Code != "P00099" {
		t.Errorf("a state that is not known: got %+v and %v, want the code alone", got, err)
	}
}

func TestTheRecordHasWhatThePayerPaidOnTopAndTheMerchantReceives(t *testing.T) {
	s, _ := openREST(t, func(_ *ottpay.Config, far *simulator.Config) { far.Fee = 25 })
	p := s.create(t, newRequest(""))
	s.settle(t, p, "pay")
	got, err := s.query(t, p.Ref)
	if err != nil || got.Amount != cad(1250) || got.Settled != cad(1250) || len(got.Fees) != 1 || got.Fees[0].Amount != cad(25) {
		t.Errorf("got %+v and %v, want 12.50 and a surcharge of 0.25", got, err)
	}
}

// refund requests 4.00 of a payment of which so much was booked as refunded.
func refund(p wallet.Payment, n string, booked, others int64, lastSentAt time.Time) wallet.RefundRequest {
	return wallet.RefundRequest{
		RequestID: p.RequestID[:26] + n, Payment: p.Ref, Amount: cad(400), Paid: cad(1250), LastSentAt: lastSentAt,
		Books: wallet.RefundBooks{Amount: cad(400), Refunded: cad(booked), Open: cad(others)},
	}
}

// paidREST is a paid payment of a wallet.
func (s *stand) paidREST(t *testing.T) wallet.Payment {
	t.Helper()
	p := s.create(t, newRequest(""))
	s.settle(t, p, "pay")
	return p
}

func TestAnUnknownRefundIsComparedWithTheBooks(t *testing.T) {
	for about, c := range map[string]struct {
		trouble  wallettest.Trouble
		sure     bool // the account counts refunds at once
		kind     fault.Kind
		refunded int64
	}{
		"made, by the sum":                            {wallettest.CutAfter, false, fault.Internal, 400},
		"not made, and the sum may lag":               {wallettest.CutBefore, false, fault.Unknown, 0},
		"not made, by an account that counts at once": {wallettest.CutBefore, true, fault.Internal, 400},
		"made, by an account that counts at once":     {wallettest.CutAfter, true, fault.Internal, 400},
	} {
		s, now := openREST(t, func(cfg *ottpay.Config, _ *simulator.Config) { cfg.RefundsCountAtOnce = c.sure })
		p := s.paidREST(t)
		s.line.Next("", c.trouble)
		refunder := s.wallet.(wallet.Refunder)
		if _, err := refunder.Refund(t.Context(), refund(p, "R1", 0, 0, time.Time{})); fault.KindOf(err) != fault.Unknown {
			t.Fatalf("%s: got %v, want Unknown", about, err)
		}
		requested := now.Now()
		now.Advance(2 * time.Minute)
		got, err := refunder.Refund(t.Context(), refund(p, "R1", 0, 0, requested))
		if err == nil && got.Status != wallet.RefundSucceeded || err != nil && (fault.KindOf(err) != c.kind || c.kind == fault.Internal) {
			t.Errorf("%s: got %+v and %v", about, got, err)
		}
		if books := s.provider.Books(p.RequestID); books.Refunded != c.refunded || books.Refunds > 1 {
			t.Errorf("%s: the provider has %+v, want %d refunded", about, books, c.refunded)
		}
	}
}

func TestARefundIsNotSentWhileTheBooksDiffer(t *testing.T) {
	s, _ := openREST(t)
	p := s.paidREST(t)
	refunder := s.wallet.(wallet.Refunder)
	if _, err := refunder.Refund(t.Context(), refund(p, "R1", 0, 0, time.Time{})); err != nil {
		t.Fatal(err)
	}
	if _, err := refunder.Refund(t.Context(), refund(p, "R2", 0, 400, time.Time{})); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("while another is open: got %v, want Unavailable", err)
	}
	if _, err := refunder.Refund(t.Context(), refund(p, "R2", 0, 0, time.Time{})); fault.KindOf(err) != fault.Declined {
		t.Errorf("after a refund that is not booked: got %v, want Declined", err)
	}
	if got := s.provider.Books(p.RequestID).Refunds; got != 1 {
		t.Errorf("refunds at the provider: got %d, want 1", got)
	}
}

func TestARefundUnderWayEndsByItsIDOrByTheSum(t *testing.T) {
	for _, ids := range []bool{false, true} {
		s, _ := openREST(t, byHand, func(c *ottpay.Config, far *simulator.Config) {
			c.RefundIDsQueried, far.RefundIDsAnswered, far.RefundsCountLate = ids, ids, true
		})
		p := s.paidREST(t)
		req := refund(p, "R1", 0, 0, time.Time{})
		got, err := s.wallet.(wallet.Refunder).Refund(t.Context(), req)
		if err != nil || got.Status != wallet.RefundPending || !strings.HasPrefix(got.RefundID, "REF") {
			t.Fatalf("got %+v and %v, want pending", got, err)
		}
		ref := got.RefundRef
		ref.Books = req.Books
		querier := s.wallet.(wallet.RefundQuerier)
		if got, err = querier.QueryRefund(t.Context(), ref); err != nil || got.Status != wallet.RefundPending {
			t.Errorf("ids %v, before: got %+v and %v, want pending", ids, got, err)
		}
		if err := s.provider.DecideRefund(ref.RefundID, true); err != nil {
			t.Fatal(err)
		}
		if got, err = querier.QueryRefund(t.Context(), ref); err != nil || got.Status != wallet.RefundSucceeded {
			t.Errorf("ids %v, after: got %+v and %v, want succeeded", ids, got, err)
		}
	}
}

func TestACardThatIsFoundByReferenceIsThisOrders(t *testing.T) {
	s, _ := openREST(t)
	const ours = "01J00000000000000000000000P1"
	id := s.provider.OpenCard(ours, 1250, "https://merchant.example/notify/ottpay")
	got, err := s.query(t, wallet.Ref{RequestID: ours})
	if err != nil || got.Status != wallet.Authorized || got.PaymentID != id || got.Amount != cad(1250) {
		t.Fatalf("got %+v and %v, want authorized", got, err)
	}
	if err := s.provider.Settle(ours, "capture"); err != nil {
		t.Fatal(err)
	}
	if got, err = s.query(t, got.Ref); err != nil || got.Status != wallet.Paid {
		t.Fatalf("got %+v and %v, want paid once captured", got, err)
	}
	r, err := s.wallet.(wallet.Refunder).Refund(t.Context(), refund(got, "R1", 0, 0, time.Time{}))
	if err != nil || r.Status != wallet.RefundSucceeded {
		t.Errorf("refunded %+v and %v, want succeeded by the path of cards", r, err)
	}
}

func TestACardsAuthorizationIsVoidedAndACaptureIsNot(t *testing.T) {
	s, _ := openREST(t)
	const ours = "01J00000000000000000000000P1"
	s.provider.OpenCard(ours, 1250, "https://merchant.example/notify/ottpay")
	void := wallet.VoidRequest{RequestID: "01J00000000000000000000000V1", Payment: wallet.Ref{RequestID: ours}}
	for range 2 {
		got, err := s.wallet.(wallet.Voider).Void(t.Context(), void)
		if err != nil || got.Status != wallet.Voided {
			t.Errorf("got %+v and %v, want voided, however often", got, err)
		}
	}
	const other = "01J00000000000000000000000P2"
	s.provider.OpenCard(other, 1250, "https://merchant.example/notify/ottpay")
	if err := s.provider.Settle(other, "capture"); err != nil {
		t.Fatal(err)
	}
	void.Payment.RequestID = other
	if got, err := s.wallet.(wallet.Voider).Void(t.Context(), void); err != nil || got.Status != wallet.Paid {
		t.Errorf("a captured payment: got %+v and %v, want paid", got, err)
	}
	wallets := s.create(t, newRequest(""))
	void.Payment = wallets.Ref
	if _, err := s.wallet.(wallet.Voider).Void(t.Context(), void); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a wallet's payment: got %v, want Conflict", err)
	}
}

// Of several calls that need a token at once, one fetches it.
func TestOneTokenIsRenewedAtATime(t *testing.T) {
	s, c := openREST(t)
	p := s.create(t, newRequest(""))
	c.Advance(14*time.Minute + time.Second) // a minute before its end it is not used any more
	before := s.line.Calls()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := s.query(t, p.Ref); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := s.line.Calls() - before; got != 9 {
		t.Errorf("calls: got %d, want 8 and one for the token", got)
	}
}

func TestARefusedTokenIsReplacedOnce(t *testing.T) {
	s, _ := openREST(t)
	s.provider.Inject(simulator.Rule{Fault: "token_refused", Endpoint: "/api/v1/pay/alipay/wap-pay", Times: 1})
	s.create(t, newRequest(""))
	s.provider.Inject(simulator.Rule{Fault: "token_refused", Endpoint: "/api/v1/pay/alipay/wap-pay"})
	before := s.line.Calls()
	if _, err := s.wallet.CreatePayment(t.Context(), newRequest("")); fault.KindOf(err) != fault.Unavailable {
		t.Errorf("got %v, want Unavailable: nothing was executed", err)
	}
	if got := s.line.Calls() - before; got != 3 {
		t.Errorf("calls: got %d, want 3: refused, a token, refused", got)
	}
}

func TestWithoutATokenNoCallIsSent(t *testing.T) {
	s := open(t, "rest")
	for _, trouble := range []wallettest.Trouble{wallettest.CutBefore, wallettest.CutAfter, wallettest.ServerError, wallettest.Garbage} {
		s.line.Next(trouble)
		if _, err := s.wallet.CreatePayment(t.Context(), newRequest("")); fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: got %v, want Unavailable", trouble, err)
		}
	}
	wrong := open(t, "rest", func(_ *ottpay.Config, far *simulator.Config) { far.AppID = "ON00000001" })
	if _, err := wrong.wallet.CreatePayment(t.Context(), newRequest("")); fault.KindOf(err) != fault.Unavailable || fault.Of(err).Code != "10003" {
		t.Errorf("a wrong appKey: got %v, want Unavailable", err)
	}
}

func TestCodesOfREST(t *testing.T) {
	for code, want := range map[string]fault.Kind{
		"10001": fault.Unknown, "10002": fault.Unavailable, "10003": fault.Unavailable, "10005": fault.Invalid, "10006": fault.Invalid,
		"10200": fault.Unknown, "20003": fault.Conflict, "20004": fault.Unknown, "20005": fault.Unavailable, "20007": fault.Declined,
		"20008": fault.Declined, "20009": fault.Conflict, "20014": fault.Conflict, "20019": fault.Declined, "20020": fault.Conflict,
		"20021": fault.Declined, "20030": fault.Declined, "20031": fault.Declined, "20034": fault.Unknown, "20041": fault.Conflict,
		"50001": fault.Declined, "50002": fault.Unknown, "50003": fault.Unknown, "99999": fault.Unknown,
	} {
		s, _ := openREST(t)
		s.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "/api/v1/pay/alipay/wap-pay", Code: code})
		if _, err := s.wallet.CreatePayment(t.Context(), newRequest("")); fault.KindOf(err) != want || err == nil {
			t.Errorf("%s to a create: got %v, want %s", code, err, want)
		}
		s.provider.Inject(simulator.Rule{Fault: "refused", Endpoint: "/api/v1/payment/status-query", Code: code})
		if _, err := s.query(t, wallet.Ref{PaymentID: "1", RequestID: "2"}); fault.KindOf(err) != fault.Unknown && fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s to a query: got %v, want one that says nothing about the payment", code, err)
		}
	}
}

// A sum that is not reported is not zero: a refund that may have been made is not requested
// again, and one that was not requested is.
func TestAMissingSumProvesNothing(t *testing.T) {
	s, c := openREST(t, func(cfg *ottpay.Config, _ *simulator.Config) { cfg.RefundsCountAtOnce = true })
	p := s.paidREST(t)
	s.provider.Inject(simulator.Rule{Fault: "fewer_members", Endpoint: "/api/v1/payment/status-query"})
	s.line.Next("", wallettest.CutAfter)
	refunder := s.wallet.(wallet.Refunder)
	if _, err := refunder.Refund(t.Context(), refund(p, "R1", 0, 0, time.Time{})); fault.KindOf(err) != fault.Unknown {
		t.Fatalf("got %v, want Unknown", err)
	}
	requested := c.Now()
	c.Advance(time.Hour)
	if _, err := refunder.Refund(t.Context(), refund(p, "R1", 0, 0, requested)); fault.KindOf(err) != fault.Unknown {
		t.Errorf("queried again: got %v, want Unknown", err)
	}
	if got := s.provider.Books(p.RequestID).Refunds; got != 1 {
		t.Errorf("refunds at the provider: got %d, want 1", got)
	}
}

// A token that another node has replaced may be refused by the status alone.
func TestATokenThatIsRefusedByTheStatusAloneIsReplaced(t *testing.T) {
	w, s := scripted(t, "rest", map[string][]string{"/api/v1/payment/status-query": {"HTTP 401", stands("P00003", "0")}})
	if got, err := w.(wallet.Querier).QueryPayment(t.Context(), paidRef); err != nil || got.Status != wallet.Paid || s.count("/api/v1/auth/token") != 2 {
		t.Errorf("got %+v and %v after %v, want paid with a second token", got, err, s.calls)
	}
	s.answers["/api/v1/payment/status-query"] = []string{"HTTP 401"}
	if _, err := w.(wallet.Querier).QueryPayment(t.Context(), paidRef); fault.KindOf(err) != fault.Unavailable || s.count("/api/v1/payment/status-query") != 4 {
		t.Errorf("refused again: got %v after %v, want Unavailable after one more token", err, s.calls)
	}
}
