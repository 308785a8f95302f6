package payprotocol_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
)

const (
	address   = "TBqJ84AKTezZnzRN5nJs1k3yD2LUbQa23K"
	salt      = "0x657faff79490a0c7a7d798d23d6b119e5eacc8f850f99a44e32b0a6cf9da6b11"
	opened    = `{"outPaymentNo":"202408180853200000001","paymentUrl":"/payment?apiSign=QUJD%2FZA%3D%3D","userWalletAddress":"` + address + `","saltHash":"` + salt + `"}`
	info      = `{"countDown":1800,"orgName":"Shop","userWalletAddress":"` + address + `","saltHash":"` + salt + `"}`
	updated   = `{"expectedAmount":"10000","userWalletAddress":"` + address + `","saltHash":"` + salt + `"}`
	duplicate = `{"code":400,"msg":"order exists"}`
)

func request(change ...func(*wallet.PaymentRequest)) wallet.PaymentRequest {
	req := wallet.PaymentRequest{RequestID: "C3", Amount: usdt(10_000), Description: "A sample order", NotifyURL: testNotify, ReturnURL: "https://merchant.example/done"}
	for _, f := range change {
		f(&req)
	}
	return req
}

var waiting = orderC3("paymentStatus:1", "settlementAmount:", "settlementCurrencySymbol:")

func byAddress(c *payprotocol.Config) { c.Action = "address" }

func TestThePaymentPageIsTheHostAndTheProvidersText(t *testing.T) {
	w := open(t, wallet.Env{})
	for path, want := range map[string]string{
		"/payment?apiSign=QUJD%2FZA%3D%3D": "https://pay.example/payment?apiSign=QUJD%2FZA%3D%3D",
		"/payment?apiSign=a+b/c=":          "https://pay.example/payment?apiSign=a+b/c=",
		"/@evil.example/":                  "https://pay.example/@evil.example/",
		"//evil.example/payment":           "",
		"https://evil.example/payment":     "",
		"payment?apiSign=QUJD":             "",
		".evil.example/payment":            "",
		"@evil.example/payment":            "",
		":8080/payment":                    "",
		"javascript:alert(1)":              "",
		"":                                 "",
		"/payment\r\nLocation: x":          "",
		"/payment ?a":                      "",
		"/payment\x00":                     "",
		"/paymént":                         "",
		"/" + strings.Repeat("a", 20_000):  "",
	} {
		if got, err := w.PageURL(path); got != want || (err == nil) != (want != "") {
			t.Errorf("%.40q: got %q and %v, want %q", path, got, err, want)
		}
	}
}

func TestACreatedPaymentLeadsToItsPage(t *testing.T) {
	w, far := answering(t, map[string][]string{"POST /payment/createPaymentOrder": {ok(opened)}})
	p, err := w.CreatePayment(t.Context(), request())
	want := wallet.Action{Type: wallet.ActionRedirect, URL: "https://pay.example/payment?apiSign=QUJD%2FZA%3D%3D"}
	if err != nil || p.Status != wallet.Pending || p.PaymentID != "202408180853200000001" || p.Action == nil || p.Action.URL != want.URL || p.Action.Type != want.Type {
		t.Errorf("got %+v and %v, want %+v", p, err, want)
	}
	if len(far.calls) != 1 || far.calls[0] != "POST /payment/createPaymentOrder "+vectorBody(t, "V3") {
		t.Errorf("got the calls %q, want the vector's alone", far.calls)
	}
}

func TestAPayersChoiceOfATokenIsMadeAtThePage(t *testing.T) {
	w, far := answering(t, map[string][]string{"POST /payment/createPaymentOrder": {ok(opened)}, "POST /payment/payInfo/update": {ok(updated)}})
	p, err := w.CreatePayment(t.Context(), request(func(r *wallet.PaymentRequest) { r.Method = "56-8" }))
	if err != nil || p.Method != "56-8" || p.Action.Type != wallet.ActionRedirect {
		t.Errorf("got %+v and %v, want the page with 56-8", p, err)
	}
	if !strings.Contains(far.calls[0], `"chainId":56,`) || far.calls[1] != `POST /payment/payInfo/update {"chainId":56,"currencyId":8,"outTradeNo":"C3"}` {
		t.Errorf("got the calls %q", far.calls)
	}
}

func TestTheAddressIsTheActionWhereTheSettingsWantIt(t *testing.T) {
	far := map[string][]string{
		"POST /payment/createPaymentOrder": {ok(opened)}, "POST /payment/payInfo/update": {ok(updated)},
		"GET /payment/payInfo": {ok(info)}, "GET /payment/detail": {ok(waiting)},
	}
	w, _ := answering(t, far, byAddress)
	p, err := w.CreatePayment(t.Context(), request())
	if err != nil || p.Action.Type != wallet.ActionQR || p.Action.Content != address || p.Method != "136-2" || !p.ExpiresAt.Equal(noon.Add(30*time.Minute)) {
		t.Errorf("the only token there is: got %+v, %+v and %v, want its address for 30 minutes", p, p.Action, err)
	}
	several := func(c *payprotocol.Config) { c.Methods = []string{"136-2", "136-1", "56-8", "56-99"} }
	w, _ = answering(t, far, byAddress, several)
	p, err = w.CreatePayment(t.Context(), request())
	if err != nil || p.Action.Type != wallet.ActionChooseMethod || len(p.Action.Methods) != 2 || p.Action.Methods[0] != (wallet.Method{ID: "136-2", Name: "USDT · TRON Nile"}) ||
		p.Action.Methods[1] != (wallet.Method{ID: "56-8", Name: "USDT · BSC"}) {
		t.Fatalf("of several: got %+v and %v, want the two of USDT", p.Action, err)
	}
	chosen, err := w.ChoosePayment(t.Context(), wallet.ChooseRequest{Payment: p.Ref, Method: "56-8"})
	if err != nil || chosen.Action.Type != wallet.ActionQR || chosen.Action.Content != address || chosen.Method != "56-8" {
		t.Errorf("chosen: got %+v and %v, want the address", chosen, err)
	}
	for _, method := range []string{"136-1", "56-7", "no-such-method", "56-08", "1"} {
		if _, err := w.ChoosePayment(t.Context(), wallet.ChooseRequest{Payment: p.Ref, Method: method}); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want invalid", method, err)
		}
	}
	cny := func(r *wallet.PaymentRequest) { r.Amount = wallet.Money{Minor: 1350, Currency: "CNY"} }
	if p, err := w.CreatePayment(t.Context(), request(cny)); err != nil || p.Action.Type != wallet.ActionRedirect {
		t.Errorf("a price in money: got %+v and %v, want the page, which alone shows the sum", p.Action, err)
	}
}

func TestAnOrderThatIsFoundAgainHasTheActionOfANewOne(t *testing.T) {
	far := map[string][]string{
		"POST /payment/createPaymentOrder": {duplicate}, "POST /payment/payInfo/update": {ok(updated)},
		"GET /payment/payInfo": {ok(info)}, "GET /payment/detail": {ok(waiting)},
	}
	several := func(c *payprotocol.Config) { c.Methods = []string{"136-2", "56-8"} }
	on := func(id string) func(*wallet.PaymentRequest) { return func(r *wallet.PaymentRequest) { r.Method = id } }
	w, calls := answering(t, far, byAddress, several)
	p, err := w.CreatePayment(t.Context(), request(on("56-8")))
	if err != nil || p.Action.Type != wallet.ActionQR || p.Method != "56-8" || calls.called(`POST /payment/payInfo/update {"chainId":56,"currencyId":8,`) != 1 {
		t.Errorf("one that was chosen: got %+v, %+v and %v after %q, want the address on its chain", p, p.Action, err, calls.calls)
	}
	p, err = w.CreatePayment(t.Context(), request())
	if err != nil || p.Action.Type != wallet.ActionChooseMethod || len(p.Action.Methods) != 2 {
		t.Errorf("of several: got %+v and %v, want the two to choose from", p.Action, err)
	}
	w, _ = answering(t, map[string][]string{
		"POST /payment/createPaymentOrder": {duplicate}, "GET /payment/detail": {ok(waiting)}, "POST /payment/payInfo/update": {"HTTP 401\n"},
	}, byAddress)
	if p, err := w.CreatePayment(t.Context(), request()); !errors.Is(err, fault.Unknown) {
		t.Errorf("without its address: got %+v and %v, want unknown, since the order is there", p, err)
	}
}

func TestAnAddressThatIsNotVerifiedIsNeverAnAction(t *testing.T) {
	var evm vector
	for _, v := range vectors(t) {
		if v.Kind == "evm" {
			evm = v
		}
	}
	w, _ := answering(t, map[string][]string{"POST /payment/createPaymentOrder": {ok(opened)}}, contractOf(evm))
	if p, err := w.CreatePayment(t.Context(), request()); !errors.Is(err, fault.Unknown) || p.Action != nil {
		t.Errorf("got %+v and %v, want unknown", p, err)
	}
	good := strings.ReplaceAll(opened, address, evm.Address)
	w, _ = answering(t, map[string][]string{
		"POST /payment/createPaymentOrder": {ok(good)}, "POST /payment/payInfo/update": {ok(updated)}, "GET /payment/payInfo": {ok(info)},
	}, contractOf(evm), byAddress)
	if p, err := w.CreatePayment(t.Context(), request()); !errors.Is(err, fault.Unknown) || p.Action != nil {
		t.Errorf("changed later: got %+v and %v, want unknown", p, err)
	}
}

// A fault that says that nothing was done would have the bridge forget the order.
func TestWhatFailsAfterAnOrderWasMadeIsUnknown(t *testing.T) {
	for name, far := range map[string]map[string][]string{
		"the lists":   {"GET /conf/list/chain": {"HTTP 429\n"}},
		"the choice":  {"POST /payment/payInfo/update": {"HTTP 429\n"}},
		"the address": {"POST /payment/payInfo/update": {ok(updated)}, "GET /payment/payInfo": {"HTTP 401\n"}},
	} {
		far["POST /payment/createPaymentOrder"] = []string{ok(opened)}
		w, _ := answering(t, far, byAddress)
		if p, err := w.CreatePayment(t.Context(), request()); !errors.Is(err, fault.Unknown) {
			t.Errorf("%s: got %+v and %v, want unknown", name, p, err)
		}
	}
}

func TestARefusedCreateIsSearchedFor(t *testing.T) {
	found := map[string][]string{"GET /payment/detail": {ok(waiting)}, "GET /payment/payInfo": {ok(info)}}
	listed := map[string][]string{"GET /payment/list": {ok(`{"count":1,"page":1,"size":500,"list":[` + waiting + `]}`)}, "GET /payment/payInfo": {ok(info)}}
	empty := map[string][]string{"GET /payment/list": {ok(`{"count":0,"page":1,"size":500,"list":[]}`)}}
	paid := map[string][]string{"GET /payment/detail": {ok(orderC3())}}
	other := map[string][]string{"GET /payment/detail": {ok(orderC3("paymentStatus:1", `quoteAmount:"0.02"`, "settlementAmount:"))}}
	down := map[string][]string{"GET /payment/detail": {"HTTP 503\n"}}
	for _, test := range []struct {
		name      string
		far       map[string][]string
		requested time.Duration // how long ago it was requested before; 0: never
		kind      error
		want      wallet.Status
	}{
		{"it is there", found, 0, nil, wallet.Pending},
		{"it is there, requested before", found, time.Second, nil, wallet.Pending},
		{"it is not there", nil, 0, fault.Declined, ""},
		{"it is in the list only", listed, time.Second, nil, wallet.Pending},
		{"it may be there", empty, time.Second, fault.Unknown, ""},
		{"it cannot be there any more", empty, time.Hour, fault.Declined, ""},
		{"the list cannot be read", nil, time.Hour, fault.Unknown, ""},
		{"it is paid", paid, time.Second, nil, wallet.Paid},
		{"it has another price", other, time.Second, fault.Conflict, ""},
		{"the outcome is not known", down, 0, fault.Unknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			far := map[string][]string{"POST /payment/createPaymentOrder": {duplicate}}
			for path, list := range test.far {
				far[path] = list
			}
			w, calls := answering(t, far)
			req := request()
			if test.requested != 0 {
				req.LastSentAt = noon.Add(-test.requested)
			}
			p, err := w.CreatePayment(t.Context(), req)
			if !errors.Is(err, test.kind) || p.Status != test.want {
				t.Errorf("got %+v and %v, want %q and %v", p, err, test.want, test.kind)
			}
			if test.want == wallet.Pending && (p.Action == nil || p.Action.Type != wallet.ActionQR || p.Action.Content != address) {
				t.Errorf("got the action %+v, want the address", p.Action)
			}
			if n := calls.called("POST"); n != 1 {
				t.Errorf("it was requested %d times, want once", n)
			}
		})
	}
}

func TestRequestsThatCannotBeMadeAreRefusedBeforeACall(t *testing.T) {
	w, far := answering(t, nil)
	for name, change := range map[string]func(*wallet.PaymentRequest){
		"nothing":               func(r *wallet.PaymentRequest) { r.Amount.Minor = 0 },
		"below nothing":         func(r *wallet.PaymentRequest) { r.Amount.Minor = -1 },
		"no currency":           func(r *wallet.PaymentRequest) { r.Amount.Currency = "WAT" },
		"three digits of money": func(r *wallet.PaymentRequest) { r.Amount = wallet.Money{Minor: 1005, Currency: "KWD"} },
		"no number":             func(r *wallet.PaymentRequest) { r.RequestID = "" },
		"a number with a blank": func(r *wallet.PaymentRequest) { r.RequestID = "C 3" },
		"a number of 65":        func(r *wallet.PaymentRequest) { r.RequestID = strings.Repeat("C", 65) },
		"held money":            func(r *wallet.PaymentRequest) { r.Hold = true },
		"a method of another":   func(r *wallet.PaymentRequest) { r.Method = "card" },
	} {
		if _, err := w.CreatePayment(t.Context(), request(change)); !errors.Is(err, fault.Invalid) {
			t.Errorf("%s: got %v, want invalid", name, err)
		}
	}
	if len(far.calls) != 0 {
		t.Errorf("got the calls %q, want none", far.calls)
	}
}

func TestTheListsAreKept(t *testing.T) {
	now := noon
	far := &answers{by: map[string][]string{
		"GET /conf/list/chain": {ok(listChains)}, "GET /conf/list/currency": {ok(listTron)},
		"POST /payment/createPaymentOrder": {ok(opened)}, "POST /payment/payInfo/update": {ok(updated)}, "GET /payment/payInfo": {ok(info)},
	}}
	w := open(t, wallet.Env{HTTP: client(far), Now: func() time.Time { return now }}, byAddress)
	create := func() {
		t.Helper()
		if _, err := w.CreatePayment(t.Context(), request()); err != nil {
			t.Fatal(err)
		}
	}
	create()
	create()
	if far.called("GET /conf/list/chain") != 1 || far.called("GET /conf/list/currency?chainId=136") != 1 {
		t.Errorf("got the calls %q, want each list once", far.calls)
	}
	now = now.Add(time.Hour)
	create()
	if far.called("GET /conf/list/chain") != 2 || far.called("GET /conf/list/currency") != 2 {
		t.Errorf("after an hour: got the calls %q, want each list twice", far.calls)
	}
}

func TestAnUnknownTokenIsFetchedBeforeTheListExpires(t *testing.T) {
	now := noon
	far := &answers{by: map[string][]string{"GET /conf/list/currency": {
		ok(`[]`), ok(listTron),
	}}}
	w := open(t, wallet.Env{HTTP: client(far), Now: func() time.Time { return now }})
	partly := []byte(ok(orderC3("paymentStatus:3", `settlementAmount:"6000"`)))
	for _, want := range []wallet.Money{{}, {}, usdt(6_000)} {
		p, err := w.ReadPayment(t.Context(), 200, partly)
		if err != nil || p.Settled != want {
			t.Errorf("at %v: got %v and %v, want %v", now.Sub(noon), p.Settled, err, want)
		}
		now = now.Add(40 * time.Second)
	}
}

func TestACountdownThatMakesNoSenseIsNotKept(t *testing.T) {
	for _, left := range []string{"-1", "99999999999", "9223372036854775807", "null", `"soon"`} {
		w, _ := answering(t, map[string][]string{
			"POST /payment/createPaymentOrder": {ok(opened)}, "POST /payment/payInfo/update": {ok(updated)},
			"GET /payment/payInfo": {ok(strings.Replace(info, "1800", left, 1))},
		}, byAddress)
		if p, err := w.CreatePayment(t.Context(), request()); err != nil || !p.ExpiresAt.IsZero() {
			t.Errorf("%s: got %v and %v, want no time", left, p.ExpiresAt, err)
		}
	}
}

func TestAnOrderWithoutAUsableNumberIsUnknown(t *testing.T) {
	for _, number := range []string{"", strings.Repeat("9", 10_000)} {
		w, _ := answering(t, map[string][]string{"POST /payment/createPaymentOrder": {ok(strings.Replace(opened, "202408180853200000001", number, 1))}})
		if p, err := w.CreatePayment(t.Context(), request()); !errors.Is(err, fault.Unknown) {
			t.Errorf("%.10q: got %+v and %v, want unknown", number, p, err)
		}
	}
}

func TestAnOrderIsSearchedForFromAMinuteBeforeItsRequest(t *testing.T) {
	w, far := answering(t, map[string][]string{"POST /payment/createPaymentOrder": {duplicate}})
	_, _ = w.CreatePayment(t.Context(), request(func(r *wallet.PaymentRequest) { r.LastSentAt = noon }))
	if want := "GET /payment/list?page=1&size=500&startTime=" + strconv.FormatInt(noon.Add(-time.Minute).Unix(), 10); far.called(want) != 1 {
		t.Errorf("got the calls %q, want %s", far.calls, want)
	}
}

func TestATokenHasTheDecimalsOfItsChain(t *testing.T) {
	for name, test := range map[string]struct {
		list string
		want wallet.Money
	}{
		"beside one of another chain": {`[{"currencyId":8,"chainId":56,"symbol":"USDT","decimals":18},{"currencyId":2,"chainId":136,"symbol":"USDT","decimals":6}]`, usdt(6_000)},
		"of another chain alone":      {`[{"currencyId":8,"chainId":56,"symbol":"USDT","decimals":6}]`, wallet.Money{}},
		"more than any token has":     {`[{"currencyId":2,"chainId":136,"symbol":"USDT","decimals":37}]`, wallet.Money{}},
		"less than none":              {`[{"currencyId":2,"chainId":136,"symbol":"USDT","decimals":-1}]`, wallet.Money{}},
		"null":                        {`[{"currencyId":2,"chainId":136,"symbol":"USDT","decimals":null}]`, wallet.Money{}},
	} {
		w, _ := answering(t, map[string][]string{"GET /conf/list/currency": {ok(test.list)}})
		p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3("paymentStatus:3", `settlementAmount:"6000"`))))
		if err != nil || p.Settled != test.want {
			t.Errorf("%s: got %v and %v, want %v", name, p.Settled, err, test.want)
		}
	}
}

func TestARefundHasNoMoreDigitsThanTheTokenOnItsChain(t *testing.T) {
	w, far := answering(t, map[string][]string{
		"GET /payment/detail":     {ok(orderC3(`expectedAmount:"1"`, `settlementAmount:"1"`))},
		"GET /conf/list/currency": {ok(`[{"currencyId":2,"chainId":136,"symbol":"USDT","decimals":2}]`)},
	})
	if _, err := w.Refund(t.Context(), refundRequest(4_001)); !errors.Is(err, fault.Invalid) || far.called("POST") != 0 {
		t.Errorf("got %v after %d calls, want invalid and none", err, far.called("POST"))
	}
}

func TestARefusalWithAnyMessageIsSearchedFor(t *testing.T) {
	for _, code := range []string{"400", "404", "409", "422"} {
		w, _ := answering(t, map[string][]string{
			"POST /payment/createPaymentOrder": {`{"code":` + code + `,"msg":"no"}`}, "GET /payment/detail": {ok(waiting)}, "GET /payment/payInfo": {ok(info)},
		})
		if p, err := w.CreatePayment(t.Context(), request()); err != nil || p.Status != wallet.Pending {
			t.Errorf("%s: got %+v and %v, want the order that is there", code, p, err)
		}
	}
}

func TestTwoTokensOfOneSymbolAreNeither(t *testing.T) {
	far := map[string][]string{"GET /conf/list/currency": {ok(`[{"currencyId":2,"chainId":136,"symbol":"USDT","decimals":6},{"currencyId":3,"chainId":136,"symbol":"USDT","decimals":18}]`)}}
	w, _ := answering(t, far)
	p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3("paymentStatus:3", `settlementAmount:"6000"`))))
	if err != nil || !p.Short || p.Settled != (wallet.Money{}) {
		t.Errorf("got %v and %v, want money whose sum is not reported", p.Settled, err)
	}
}
