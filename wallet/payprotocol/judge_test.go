package payprotocol_test

import (
	"errors"
	"math/big"
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
		name     string
		members  []string
		status   wallet.Status
		amount   wallet.Money
		settled  wallet.Money
		overpaid bool
	}{
		{"paid", nil, wallet.Paid, price, price, false},
		{"paid, sums not told", []string{"expectedAmount:", "settlementAmount:", "settlementCurrencySymbol:"}, wallet.Paid, price, none, false},
		{"paid, sums null", []string{"expectedAmount:null", "settlementAmount:null", "settlementCurrencySymbol:null"}, wallet.Paid, price, none, false},
		{"paid, sums as numbers", []string{"expectedAmount:10000", "settlementAmount:1e4"}, wallet.Paid, price, price, false},
		{"paid with more", []string{`settlementAmount:"10001"`}, wallet.Paid, price, usdt(10_001), true},
		{"called paid with less", []string{`settlementAmount:"9999"`}, wallet.Paid, usdt(9_999), usdt(9_999), false},
		{"called paid with nothing", []string{`settlementAmount:"0"`}, wallet.Paid, usdt(0), usdt(0), false},
		{"called paid, less expected than the price", []string{`expectedAmount:"9999"`, `settlementAmount:"9999"`}, wallet.Paid, usdt(9_999), usdt(9_999), false},
		{"called paid, more expected than the price", []string{`expectedAmount:"10001"`}, wallet.Paid, none, price, false},
		{"paid in another token", []string{`settlementCurrencySymbol:"TRX"`, `settlementAmount:"50000"`, `expectedAmount:"50000"`},
			wallet.Paid, wallet.Money{Minor: 50_000, Currency: "TRX"}, wallet.Money{Minor: 50_000, Currency: "TRX"}, false},
		{"paid in a token that is not known", []string{`settlementCurrencySymbol:"WAT"`}, wallet.Paid, none, none, false},
		{"partly paid", []string{"paymentStatus:3", `settlementAmount:"6000"`}, wallet.Paid, usdt(6_000), usdt(6_000), false},
		{"called partly paid with all of it", []string{"paymentStatus:3"}, wallet.Paid, none, price, false},
		{"partly paid, sum not told", []string{"paymentStatus:3", "settlementAmount:"}, wallet.Paid, none, none, false},
		{"pending", []string{"paymentStatus:1", "settlementAmount:"}, wallet.Pending, price, none, false},
		{"in a block", []string{"paymentStatus:2"}, wallet.Pending, price, none, false},
		{"failed", []string{"paymentStatus:4", "settlementAmount:"}, wallet.Failed, price, none, false},
		{"failed with money", []string{"paymentStatus:4", `settlementAmount:"6000"`}, wallet.Paid, usdt(6_000), usdt(6_000), false},
		{"without a status", []string{"paymentStatus:"}, "", price, none, false},
		{"null", []string{"paymentStatus:null"}, "", price, none, false},
		{"text", []string{`paymentStatus:"0"`}, "", price, none, false},
		{"a status that is not known", []string{"paymentStatus:9"}, "", price, none, false},
		{"another price", []string{`quoteAmount:"0.02"`, `expectedAmount:"20000"`, `settlementAmount:"20000"`}, wallet.Paid, usdt(20_000), usdt(20_000), false},
		{"a token called money", []string{"isLegalTender:1"}, wallet.Paid, none, price, false},
		{"without its price", []string{"quoteAmount:"}, wallet.Paid, none, price, false},

		{"18 decimals", onBSC("123456000001000000000000", "123456000001000000000000"), wallet.Paid, whole, whole, false},
		{"18 decimals, one unit less", onBSC("123456000001000000000000", "123456000000999999999999"), wallet.Paid, usdt(123_456_000_000), usdt(123_456_000_000), false},
		{"18 decimals, one unit more", onBSC("123456000001000000000000", "123456000001000000000001"), wallet.Paid, whole, whole, true},
		{"6 decimals where the chain has 18", onBSC("123456000001", "123456000001"), wallet.Paid, usdt(0), usdt(0), false},
		{"money, at the platform's rate", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`, `settlementAmount:"1864595"`},
			wallet.Paid, wallet.Money{Minor: 1350, Currency: "CNY"}, usdt(1_864_595), false},
		{"money, with less", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`, `settlementAmount:"1864594"`},
			wallet.Paid, usdt(1_864_594), usdt(1_864_594), false},
		{"money, with more", []string{`quoteCurrencySymbol:"CNY"`, "isLegalTender:1", `quoteAmount:"13.50"`, `expectedAmount:"1864595"`, `settlementAmount:"1864596"`},
			wallet.Paid, wallet.Money{Minor: 1350, Currency: "CNY"}, usdt(1_864_596), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, _ := answering(t, nil)
			p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3(test.members...))))
			if err != nil {
				t.Fatal(err)
			}
			if p.Status != test.status || p.Amount != test.amount || p.Settled != test.settled && test.status == wallet.Paid || p.Overpaid != test.overpaid {
				t.Errorf("got %q of %v, settled %v, overpaid %v; want %q of %v, settled %v, overpaid %v",
					p.Status, p.Amount, p.Settled, p.Overpaid, test.status, test.amount, test.settled, test.overpaid)
			}
		})
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
	if p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3()))); err != nil || p.Status != wallet.Paid || p.Amount != usdt(10_000) {
		t.Errorf("paid: got %+v and %v, want paid by the sums alone", p, err)
	}
	if p, err := w.ReadPayment(t.Context(), 200, []byte(ok(orderC3("paymentStatus:3")))); !errors.Is(err, fault.Unknown) {
		t.Errorf("partly paid: got %+v and %v, want unknown", p, err)
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
	for name, test := range map[string]struct {
		list string
		want wallet.Status
	}{
		"all is back":                {`{"count":1,"list":[` + refund("0", "10000", "C3") + `]}`, wallet.Canceled},
		"all is back in two":         {`{"count":2,"list":[` + refund("0", "4000", "C3") + `,` + refund("0", "6000", "C3") + `]}`, wallet.Canceled},
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

func TestATimeOutsideTheCalendarIsDroppedFromAnAnswer(t *testing.T) {
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
