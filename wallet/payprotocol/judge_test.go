package payprotocol_test

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
)

// onBSC are the members of an order of USDT on a chain where it has 18 decimals.
func onBSC(expected, settled string) []string {
	return []string{
		"chainId:56", `quoteAmount:"123456.000001"`, `expectedAmount:"` + expected + `"`, `settlementAmount:"` + settled + `"`,
	}
}

func TestWhatAnAnswerSaysOfAPaymentIsJudged(t *testing.T) {
	price, whole := usdt(10_000), usdt(123_456_000_001)
	none := wallet.Money{}
	for _, test := range []struct {
		name    string
		members []string
		status  wallet.Status
		amount  wallet.Money
		settled wallet.Money
		how     string // over or short; empty: exactly
	}{
		{"paid", nil, wallet.Paid, price, price, ""},
		{"paid, sums not reported", []string{"expectedAmount:", "settlementAmount:", "settlementCurrencySymbol:"}, wallet.Paid, price, none, ""},
		{"paid, sums null", []string{"expectedAmount:null", "settlementAmount:null", "settlementCurrencySymbol:null"}, wallet.Paid, price, none, ""},
		{"paid, sums as numbers", []string{"expectedAmount:10000", "settlementAmount:1e4"}, wallet.Paid, price, price, ""},
		{"paid with more", []string{`settlementAmount:"10001"`}, wallet.Paid, price, usdt(10_001), "over"},
		{"called paid with less", []string{`settlementAmount:"9999"`}, wallet.Paid, price, usdt(9_999), "short"},
		{"called paid with nothing", []string{`settlementAmount:"0"`}, wallet.Paid, price, usdt(0), "short"},
		{"called paid, less expected than the price", []string{`expectedAmount:"9999"`, `settlementAmount:"9999"`}, wallet.Paid, price, usdt(9_999), "short"},
		{"called paid, more expected than the price", []string{`expectedAmount:"10001"`}, wallet.Paid, price, price, "short"},
		{"called paid with nothing, of money without a rate", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, "expectedAmount:", `settlementAmount:"0"`},
			wallet.Paid, wallet.Money{Minor: 1350, Currency: "CNY"}, usdt(0), "short"},
		{"partly paid, without its price", []string{"paymentStatus:3", "quoteAmount:"}, wallet.Paid, none, price, "short"},
		{"failed with money, without its price", []string{"paymentStatus:4", "quoteAmount:"}, wallet.Paid, none, price, "short"},
		{"called paid with less than another price", []string{`quoteAmount:"0.02"`}, wallet.Paid, usdt(20_000), price, "short"},
		{"paid in another token", []string{`settlementCurrencySymbol:"TRX"`, `settlementAmount:"50000"`, `expectedAmount:"50000"`},
			wallet.Paid, price, wallet.Money{Minor: 50_000, Currency: "TRX"}, "short"},
		{"paid in a token that is not known", []string{`settlementCurrencySymbol:"WAT"`}, wallet.Paid, price, none, "short"},
		{"partly paid", []string{"paymentStatus:3", `settlementAmount:"6000"`}, wallet.Paid, price, usdt(6_000), "short"},
		{"called partly paid with all of it", []string{"paymentStatus:3"}, wallet.Paid, price, price, "short"},
		{"called partly paid with all of it, price not reported", []string{"paymentStatus:3", "isLegalTender:"}, wallet.Paid, none, price, "short"},
		{"called partly paid with all of ours, another price", []string{"paymentStatus:3", `quoteAmount:"0.02"`, `expectedAmount:"20000"`}, wallet.Paid, usdt(20_000), price, "short"},
		{"partly paid, sum not reported", []string{"paymentStatus:3", "settlementAmount:"}, wallet.Paid, price, none, "short"},
		{"pending", []string{"paymentStatus:1", "settlementAmount:"}, wallet.Pending, price, none, ""},
		{"in a block", []string{"paymentStatus:2"}, wallet.Pending, price, none, ""},
		{"failed", []string{"paymentStatus:4", "settlementAmount:"}, wallet.Failed, price, none, ""},
		{"failed with money", []string{"paymentStatus:4", `settlementAmount:"6000"`}, wallet.Paid, price, usdt(6_000), "short"},
		{"without a status", []string{"paymentStatus:"}, "", price, none, ""},
		{"null", []string{"paymentStatus:null"}, "", price, none, ""},
		{"text", []string{`paymentStatus:"0"`}, "", price, none, ""},
		{"a status that is not known", []string{"paymentStatus:9"}, "", price, none, ""},
		{"another price", []string{`quoteAmount:"0.02"`, `expectedAmount:"20000"`, `settlementAmount:"20000"`}, wallet.Paid, usdt(20_000), usdt(20_000), ""},
		{"a token called money", []string{"isLegalTender:1"}, wallet.Paid, none, price, ""},
		{"without its price", []string{"quoteAmount:"}, wallet.Paid, none, price, ""},

		{"18 decimals", onBSC("123456000001000000000000", "123456000001000000000000"), wallet.Paid, whole, whole, ""},
		{"18 decimals, one unit less", onBSC("123456000001000000000000", "123456000000999999999999"), wallet.Paid, whole, usdt(123_456_000_000), "short"},
		{"18 decimals, one unit more", onBSC("123456000001000000000000", "123456000001000000000001"), wallet.Paid, whole, whole, "over"},
		{"6 decimals where the chain has 18", onBSC("123456000001", "123456000001"), wallet.Paid, whole, usdt(0), "short"},
		{"money, at the platform's rate", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`, `settlementAmount:"1864595"`},
			wallet.Paid, wallet.Money{Minor: 1350, Currency: "CNY"}, usdt(1_864_595), ""},
		{"money, received beyond count", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`,
			`expectedAmount:"9223372036854775808"`, `settlementAmount:"9223372036854775808"`}, wallet.Paid, wallet.Money{Minor: 1350, Currency: "CNY"}, none, ""},
		{"money, with less", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`, `settlementAmount:"1864594"`},
			wallet.Paid, wallet.Money{Minor: 1350, Currency: "CNY"}, usdt(1_864_594), "short"},
		{"money, with more", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`, `settlementAmount:"1864596"`},
			wallet.Paid, wallet.Money{Minor: 1350, Currency: "CNY"}, usdt(1_864_596), "over"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, _ := answering(t, nil)
			p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3(test.members...))))
			if err != nil {
				t.Fatal(err)
			}
			if p.Status != test.status || p.Amount != test.amount || p.Settled != test.settled && test.status == wallet.Paid || how(p) != test.how {
				t.Errorf("got %q of %v, settled %v %s; want %q of %v, settled %v %s",
					p.Status, p.Amount, p.Settled, how(p), test.status, test.amount, test.settled, test.how)
			}
		})
	}
}

// how says how what was received differs from the price.
func how(p wallet.Payment) string {
	switch {
	case p.Short:
		return "short"
	case p.Overpaid:
		return "over"
	}
	return ""
}

func TestMoneyThatIsNotThePriceIsReportedWhateverItsSum(t *testing.T) {
	for name, test := range map[string]struct {
		members []string
		want    bool
	}{
		"paid":                                   {nil, false},
		"paid with more":                         {[]string{`settlementAmount:"10001"`}, false},
		"called paid with less":                  {[]string{`settlementAmount:"9999"`}, true},
		"called paid with less than another":     {[]string{`quoteAmount:"0.02"`}, true},
		"partly paid, without its price":         {[]string{"paymentStatus:3", "quoteAmount:"}, true},
		"failed with money, without its price":   {[]string{"paymentStatus:4", "quoteAmount:"}, true},
		"paid in the order's token, for another": {[]string{`quoteCurrencySymbol:"TRX"`}, true},
	} {
		w, _ := answering(t, nil)
		p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3(test.members...))))
		if err != nil || p.Status != wallet.Paid || p.Short != test.want {
			t.Errorf("%s: got %+v and %v, want short %v", name, p, err, test.want)
		}
	}
}

func TestAnotherTokenIsAcceptedWhereTheSettingsSaySo(t *testing.T) {
	w, _ := answering(t, nil, func(c *payprotocol.Config) { c.OtherTokens = true })
	members := []string{`settlementCurrencySymbol:"TRX"`, `settlementAmount:"50000"`, `expectedAmount:"50000"`}
	p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3(members...))))
	if err != nil || p.Status != wallet.Paid || p.Amount != usdt(10_000) || p.Settled != (wallet.Money{Minor: 50_000, Currency: "TRX"}) {
		t.Errorf("got %+v and %v, want the price paid", p, err)
	}
}

func TestMoneyThatCannotBeCountedWithoutTheListWaitsForIt(t *testing.T) {
	down := map[string][]string{"GET /conf/list/currency": {"HTTP 503\n"}}
	w, _ := answering(t, down)
	for name, status := range map[string]string{"paid": "0", "partly paid": "3"} {
		if p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3("paymentStatus:"+status)))); !errors.Is(err, fault.Unknown) {
			t.Errorf("%s: got %+v and %v, want unknown", name, p, err)
		}
	}
	money := orderC3(`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`)
	if p, err := w.ReadPayment(t.Context(), 200, []byte(ok(money))); err != nil || p.Status != wallet.Paid || p.Short {
		t.Errorf("a price in money: got %+v and %v, want paid by the sums alone", p, err)
	}
}

func TestAnAnswerThatMakesNoSenseIsUnknown(t *testing.T) {
	for name, answer := range map[string]string{
		"no JSON":                 `{`,
		"no code":                 `{"msg":"success","data":` + orderC3() + `}`,
		"code 0":                  `{"code":0,"msg":"success","data":` + orderC3() + `}`,
		"no data":                 `{"code":200,"msg":"success"}`,
		"null data":               `{"code":200,"msg":"success","data":null}`,
		"a list":                  `{"code":200,"msg":"success","data":[]}`,
		"HTTP 500":                "HTTP 500\n" + ok(orderC3()),
		"HTTP 404 of a proxy":     "HTTP 404\n<html>",
		"HTTP 404 with a success": "HTTP 404\n" + ok(orderC3()),
		"another order":           ok(orderC3(`outTradeNo:"C4"`)),
		"another payment":         ok(orderC3(`outPaymentNo:"1"`)),
		"without its number":      ok(orderC3(`outPaymentNo:`)),
		"a price beyond count":    ok(orderC3(`quoteAmount:"99999999999999999999"`)),
		"a price that is none":    ok(orderC3(`quoteAmount:"ten"`)),
		"a sum that is none":      ok(orderC3(`settlementAmount:"0x10"`)),
		"a sum with a point":      ok(orderC3(`settlementAmount:"1.5"`)),
		"a sum below nothing":     ok(orderC3(`settlementAmount:"-10000"`)),
		"code 500":                `{"code":500,"msg":"error"}`,
		"code 400":                `{"code":400,"msg":"error"}`,
		"code as a word":          `{"code":"OK","msg":"error"}`,
	} {
		w, _ := answering(t, map[string][]string{"GET /payment/detail": {answer}})
		if p, err := w.QueryPayment(t.Context(), wallet.Ref{RequestID: "C3", PaymentID: "202408180853200000001"}); !errors.Is(err, fault.Unknown) {
			t.Errorf("%s: got %+v and %v, want unknown", name, p, err)
		}
	}
}

func TestARefundedPaymentIsWhatItsRefundsSay(t *testing.T) {
	refund := func(status, units, order string) string {
		return `{"refundId":1,"chainId":136,"currencyId":2,"outTradeNo":"` + order + `","refundStatus":` + status + `,"refundAmount":"` + units + `"}`
	}
	second := func(entry string) string { return strings.Replace(entry, `"refundId":1`, `"refundId":2`, 1) }
	for name, test := range map[string]struct {
		list string
		want wallet.Status
	}{
		"all is back":                {`{"count":1,"list":[` + refund("0", "10000", "C3") + `]}`, wallet.Canceled},
		"all is back in two":         {`{"count":2,"list":[` + refund("0", "4000", "C3") + `,` + second(refund("0", "6000", "C3")) + `]}`, wallet.Canceled},
		"all is back, listed twice":  {`{"count":2,"list":[` + refund("0", "5000", "C3") + `,` + refund("0", "5000", "C3") + `]}`, wallet.Paid},
		"part is back":               {`{"count":1,"list":[` + refund("0", "4000", "C3") + `]}`, wallet.Paid},
		"none has ended":             {`{"count":1,"list":[` + refund("1", "10000", "C3") + `]}`, ""},
		"only another order's is":    {`{"count":1,"list":[` + refund("0", "10000", "C4") + `]}`, ""},
		"none is there":              {`{"count":0,"list":[]}`, ""},
		"a status that is text only": {`{"count":1,"list":[` + refund(`"0"`, "10000", "C3") + `]}`, ""},
	} {
		w, _ := answering(t, map[string][]string{"GET /refund/list": {ok(test.list)}})
		p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3("paymentStatus:5"))))
		if err != nil || p.Status != test.want {
			t.Errorf("%s: got %q and %v, want %q", name, p.Status, err, test.want)
		}
	}
}

func TestARefundInAnotherTokenIsNotComparedWithWhatWasReceived(t *testing.T) {
	for name, token := range map[string]string{"of another chain": `"chainId":56,"currencyId":8`, "of the same chain": `"chainId":136,"currencyId":1`, "not reported": `"orgId":12`} {
		list := `{"count":1,"list":[{"refundId":1,` + token + `,"outTradeNo":"C3","refundStatus":0,"refundAmount":"4000000000000000"}]}`
		w, _ := answering(t, map[string][]string{"GET /refund/list": {ok(list)}})
		if p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3("paymentStatus:5")))); !errors.Is(err, fault.Unknown) {
			t.Errorf("%s: got %+v and %v, want unknown", name, p, err)
		}
	}
}

func TestATimeOutsideTheCalendarIsOmittedFromAnAnswer(t *testing.T) {
	w, _ := answering(t, nil)
	for written, want := range map[string]time.Time{"1723971255": time.Unix(1723971255, 0).UTC(), "999999999999999": {}, "null": {}, `"soon"`: {}} {
		p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3("blockTime:"+written))))
		if err != nil || p.Status != wallet.Paid || !p.OccurredAt.Equal(want) {
			t.Errorf("%s: got %q at %v and %v, want paid at %v", written, p.Status, p.OccurredAt, err, want)
		}
	}
}

func TestAPartOfAPriceIsTheSameAfterTheRateAndBack(t *testing.T) {
	for _, test := range []struct {
		quote    int64
		expected string
		part     int64
		units    string
	}{
		{1350, "1864595", 1350, "1864595"}, {1350, "1864595", 1, "1381"}, {1350, "1864595", 449, "620150"},
		{1_000_000, "1000000000000000000", 333_333, "333333000000000000"},
		{999_999_999_999, "123456789012345678901234567890", 1, "123456789012469135"},
	} {
		expected, _ := new(big.Int).SetString(test.expected, 10)
		part := wallet.Money{Minor: test.part, Currency: "CNY"}
		units, back, ok := payprotocol.AtRate(wallet.Money{Minor: test.quote, Currency: "CNY"}, expected, part)
		if !ok || units.String() != test.units || back != part {
			t.Errorf("%d of %d at %s: got %s units and %v back, want %s and the same", test.part, test.quote, test.expected, units, back, test.units)
		}
	}
}
