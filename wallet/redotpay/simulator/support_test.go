package simulator_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/internal/tilltest/testclock"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet/redotpay/simulator"
)

// merchant is a client of Connect written for these tests, beside a receiver of webhooks.
type merchant struct {
	*testing.T
	provider *simulator.Provider
	base     string
	key      *signing.RSASigner
	version  string
	hooks    *hooks
	clock    *testclock.Clock
}

// hooks keeps webhooks and answers them.
type hooks struct {
	status   int
	ack      string
	received []hook
}

type hook struct {
	header http.Header
	body   string
}

func (h *hooks) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	h.received = append(h.received, hook{r.Header.Clone(), string(body)})
	return &http.Response{StatusCode: h.status, Request: r, Body: io.NopCloser(strings.NewReader(h.ack))}, nil
}

func open(t *testing.T, change ...func(*simulator.Config)) *merchant {
	t.Helper()
	key, err := signing.ParseRSAPrivateKey([]byte(testdata.Key(t, "client_private.pem")))
	if err != nil {
		t.Fatal(err)
	}
	m := &merchant{T: t, version: "1", hooks: &hooks{status: 200, ack: `{"code":"SUCCESS","requestId":"1"}`},
		clock: testclock.At(time.Date(2026, 1, 5, 10, 46, 10, 940e6, time.UTC))}
	if m.key, err = signing.NewRSASigner("1", key); err != nil {
		t.Fatal(err)
	}
	far := connect(t)
	far.Now, far.NotifyURL, far.HTTP = m.clock.Now, "https://merchant.example/notify", &http.Client{Transport: m.hooks}
	for _, c := range change {
		c(&far)
	}
	m.provider, m.base = start(t, far)
	return m
}

// answer is what a call was answered with.
type answer struct {
	status int
	Code   string
	Data   map[string]json.RawMessage
}

// call signs and sends a body.
func (m *merchant) call(path, body string, change ...func(http.Header)) answer {
	m.Helper()
	stamp := strconv.FormatInt(m.clock.Now().UnixMilli(), 10)
	signature, err := m.key.Sign(context.Background(), []byte("POST /far/openapi/v2/order/"+path+"\n"+appKey+"."+stamp+"."+body))
	if err != nil {
		m.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, m.base+"/openapi/v2/order/"+path, strings.NewReader(body))
	if err != nil {
		m.Fatal(err)
	}
	req.Header = http.Header{
		"Content-Type": {"application/json"}, "X-R-Ak": {appKey}, "X-R-Ts": {stamp}, "X-R-Key-Version": {m.version},
		"X-R-Signature": {base64.StdEncoding.EncodeToString(signature)},
	}
	for _, c := range change {
		c(req.Header)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		m.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.Fatal(err)
	}
	a := answer{status: resp.StatusCode}
	if err := json.Unmarshal(text, &a); err != nil {
		m.Fatalf("%s answered %s", path, text)
	}
	return a
}

const creation = `{"outerOrderSn":"ORD123456","outerUid":"U1","orderAmount":12.34,"orderCurrency":"USD","timeExpire":1767611770940,"env":"WEB","orderDesc":"Two teas",` +
	`"goods":[{"goodsType":"02","goodsCategory":"Z000","goodsCode":"SKU","goodsName":"Tea","goodsCount":1,"goodsAmount":12.34,"goodsCoin":"USD"}],"redirectUrl":"https://shop.example/return"}`

func (m *merchant) created() map[string]json.RawMessage {
	m.Helper()
	a := m.call("create", creation)
	if a.Code != "SUCCESS" {
		m.Fatalf("create answered %+v", a)
	}
	return a.Data
}

func text(raw json.RawMessage) string { return string(bytes.Trim(raw, `"`)) }

// status is the order's, as a query reports it.
func (m *merchant) status() string {
	m.Helper()
	a := m.call("detail", `{"outerOrderSn":"ORD123456"}`)
	if a.Code != "SUCCESS" {
		return a.Code
	}
	return string(a.Data["orderStatus"])
}

func (m *merchant) settle(outcome string) {
	m.Helper()
	if err := m.provider.Settle("ORD123456", outcome); err != nil {
		m.Fatal(err)
	}
}

func (m *merchant) deliver() int { return m.provider.RunOnce(m.Context()) }
