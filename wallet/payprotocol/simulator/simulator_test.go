package simulator

import (
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
)

// stand is a provider on a server, and a merchant who calls it by hand.
type stand struct {
	*testing.T
	p   *Provider
	url string
	now time.Time
}

func newStand(t *testing.T, change ...func(*Config)) *stand {
	t.Helper()
	s := &stand{T: t, now: time.Unix(1_723_971_200, 0)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.p.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	c := Config{
		PublicURL: server.URL, APIKey: "F1R28pRQ", APISecret: signing.NewSecret("test-secret-0123456789"), Control: true,
		Now: func() time.Time { return s.now },
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	if s.p, err = New(c); err != nil {
		t.Fatal(err)
	}
	s.url = server.URL
	return s
}

// callAnswer is an answer of the API.
type callAnswer struct {
	Status int
	Code   int
	Data   map[string]any
}

// call signs a call, at a time, for a target that may be another one than is called.
func (s *stand) call(method, target, signed, body string, at time.Time) callAnswer {
	s.Helper()
	req, err := http.NewRequest(method, s.url+"/api/mer"+target, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set("X-PAY-KEY", "F1R28pRQ")
	req.Header.Set("X-PAY-TIMESTAMP", timestamp)
	req.Header.Set("X-PAY-SIGN", s.p.signature(timestamp, method, "/api/mer"+signed, []byte(body)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	out := callAnswer{Status: resp.StatusCode}
	if err := json.Unmarshal(text, &out); err != nil {
		s.Fatalf("%s: %v", text, err)
	}
	return out
}

func (s *stand) get(target string) callAnswer { return s.call("GET", target, target, "", s.now) }

func (s *stand) post(target, body string) callAnswer {
	return s.call("POST", target, target, body, s.now)
}

func (s *stand) creates(trade string) callAnswer {
	return s.post("/payment/createPaymentOrder", `{"chainId":136,"description":"Tea","isLegalTender":0,"notifyUrl":"https://m.example/n","outTradeNo":"`+trade+
		`","quoteAmount":"10","quoteCurrencySymbol":"USDT"}`)
}

func TestTheSimulatorSignsLikeTheVectors(t *testing.T) {
	s := newStand(t)
	for _, v := range testdata.Vectors[struct{ Name, Timestamp, Method, Path, Body, Signature string }](t, "payprotocol") {
		if v.Signature == "" {
			continue
		}
		if got := s.p.signature(v.Timestamp, v.Method, v.Path, []byte(v.Body)); got != v.Signature {
			t.Errorf("%s: got %s, want %s", v.Name, got, v.Signature)
		}
	}
}

func TestTheSimulatorsAddressesAreThoseOfTheVectors(t *testing.T) {
	for _, v := range testdata.Vectors[struct{ Kind, Salt, Address string }](t, "payprotocol") {
		if v.Kind == "" {
			continue
		}
		var salt [32]byte
		n, _ := new(big.Int).SetString(v.Salt[2:], 16)
		n.FillBytes(salt[:])
		c := chain{tron: v.Kind == "tron"}
		if got := c.contract(salt); got != v.Address {
			t.Errorf("%s: got %s, want %s", v.Kind, got, v.Address)
		}
	}
}

func TestACallIsRefusedUnlessItIsSignedAsItIsSentAndInTime(t *testing.T) {
	s := newStand(t)
	s.creates("A1")
	const target = "/payment/detail?outTradeNo=A1"
	for name, test := range map[string]struct {
		signed string
		at     time.Duration
		status int
	}{
		"as it is":              {target, 0, 200},
		"a minute ago":          {target, -time.Minute, 200},
		"a minute ahead":        {target, time.Minute, 200},
		"62 seconds ago":        {target, -62 * time.Second, 401},
		"61 seconds ahead":      {target, 61 * time.Second, 401},
		"without its query":     {"/payment/detail", 0, 401},
		"in another spelling":   {"/payment/detail?outTradeNo=%411", 0, 401},
		"with one more of them": {target + "&page=1", 0, 401},
	} {
		if got := s.call("GET", target, test.signed, "", s.now.Add(test.at)); got.Status != test.status {
			t.Errorf("%s: got HTTP %d, want %d", name, got.Status, test.status)
		}
	}
	inBody := newStand(t, func(c *Config) { c.RefuseInBody = true })
	if got := inBody.call("GET", target, "", "", inBody.now); got.Status != 200 || got.Code != 401 {
		t.Errorf("in the body: got HTTP %d with code %d, want 200 with 401", got.Status, got.Code)
	}
}

func TestAnOrderNumberIsUsedOnce(t *testing.T) {
	s := newStand(t)
	if first, second := s.creates("A1"), s.creates("A1"); first.Code != 200 || second.Code != 400 {
		t.Errorf("got the codes %d and %d, want 200 and 400", first.Code, second.Code)
	}
	agreeing := newStand(t, func(c *Config) { c.RepeatsAgree = true })
	first, second := agreeing.creates("A1"), agreeing.creates("A1")
	if second.Code != 200 || first.Data["paymentUrl"] != second.Data["paymentUrl"] {
		t.Errorf("got %+v and %+v, want one order", first, second)
	}
}

func TestWhatMatchesIsFromAHalfToSixFifths(t *testing.T) {
	o := &order{expected: big.NewInt(1000)}
	for units, want := range map[int64]bool{499: false, 500: true, 1000: true, 1200: true, 1201: false} {
		if got := o.matches(big.NewInt(units)); got != want {
			t.Errorf("%d of 1000: got %v, want %v", units, got, want)
		}
	}
}

func TestAListHasPagesAndFilters(t *testing.T) {
	s := newStand(t)
	for _, trade := range []string{"A1", "A2", "A3"} {
		s.creates(trade)
		s.now = s.now.Add(10 * time.Second)
	}
	if err := s.p.Settle("A2", Pay); err != nil {
		t.Fatal(err)
	}
	first := strconv.FormatInt(s.now.Add(-20*time.Second).Unix(), 10)
	for query, want := range map[string]string{
		"": "A1 A2 A3", "?size=2": "A1 A2", "?size=2&page=2": "A3", "?size=2&page=3": "", "?orderStatus=0": "A2", "?orderStatus=1": "A1 A3",
		"?chainId=56": "", "?startTime=" + first: "A2 A3", "?endTime=" + first: "A1 A2",
	} {
		got := s.get("/payment/list" + query)
		var trades []string
		for _, entry := range got.Data["list"].([]any) {
			trades = append(trades, entry.(map[string]any)["outTradeNo"].(string))
		}
		if strings.Join(trades, " ") != want {
			t.Errorf("%s: got %v, want %s", query, trades, want)
		}
	}
	for _, query := range []string{"?size=501", "?page=0", "?size=x", "?startTime=now"} {
		if got := s.get("/payment/list" + query); got.Code != 400 {
			t.Errorf("%s: got code %d, want 400", query, got.Code)
		}
	}
}

func TestMoreThanWasReceivedIsNotRefunded(t *testing.T) {
	s := newStand(t)
	s.creates("A1")
	refund := func(amount string) int {
		return s.post("/refund/createRefundOrder", `{"outTradeNo":"A1","amount":"`+amount+`"}`).Code
	}
	if got := refund("1"); got != 400 {
		t.Errorf("before it is paid: got code %d, want 400", got)
	}
	_ = s.p.Settle("A1", Pay)
	for _, step := range []struct {
		amount string
		want   int
	}{{"10.000001", 400}, {"0", 400}, {"-1", 400}, {"1e1", 400}, {"0.0000001", 400}, {"6", 200}, {"4.000001", 400}, {"4", 200}, {"0.000001", 400}} {
		if got := refund(step.amount); got != step.want {
			t.Errorf("%s: got code %d, want %d", step.amount, got, step.want)
		}
	}
}

func TestTheConsoleShowsTheOldestRefundThatWaits(t *testing.T) {
	s := newStand(t)
	console := func() (status int, query string) {
		resp, err := http.Get(s.url + "/console/refunds")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode, resp.Request.URL.RawQuery
	}
	if status, _ := console(); status != 404 {
		t.Errorf("without a refund: got HTTP %d, want 404", status)
	}
	s.creates("A1")
	_ = s.p.Settle("A1", Pay)
	s.post("/refund/createRefundOrder", `{"outTradeNo":"A1","amount":"1"}`)
	s.post("/refund/createRefundOrder", `{"outTradeNo":"A1","amount":"2"}`)
	if err := s.p.DecideRefund("1", Verdict{Approve: true}); err != nil {
		t.Fatal(err)
	}
	if status, query := console(); status != 200 || query != "id=2" {
		t.Errorf("got HTTP %d at %q, want the second refund", status, query)
	}
}

func TestTheSimulatorIsControlledByHand(t *testing.T) {
	s := newStand(t)
	s.creates("A1")
	command := func(method, path, body string) (int, string) {
		req, _ := http.NewRequest(method, s.url+"/control/"+path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	for _, step := range []struct {
		method, path, body string
		status             int
		reads              string
	}{
		{"POST", "settle", `{"requestId":"A1","outcome":"pay"}`, 200, ""},
		{"GET", "books?requestId=A1", "", 200, `"Settled":"10000000"`},
		{"POST", "settle", `{"requestId":"A2","outcome":"pay"}`, 404, ""},
		{"POST", "settle", `{"requestId":"A1","outcome":"fly"}`, 400, ""},
		{"POST", "faults", `{"fault":"status_text","times":1}`, 200, "status_text"},
		{"POST", "faults", `{"fault":"no_such_fault"}`, 400, ""},
		{"DELETE", "faults", "", 200, "[]"},
		{"GET", "refunds", "", 200, `"open":[]`},
		{"POST", "refunds", `{"refundId":"1","approve":true}`, 404, ""},
		{"GET", "deliveries?requestId=A1", "", 200, `"deliveries":[]`},
	} {
		status, text := command(step.method, step.path, step.body)
		if status != step.status || !strings.Contains(text, step.reads) {
			t.Errorf("%s %s: got HTTP %d %s, want %d with %s", step.method, step.path, status, text, step.status, step.reads)
		}
	}
}

func TestMistakesInTheSettingsAreReported(t *testing.T) {
	_, err := New(Config{PublicURL: "nowhere", Addresses: -1})
	for _, name := range []string{"PublicURL", "APIKey", "Addresses"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want it to name %s", err, name)
		}
	}
}
