package miniapp_test

import (
	"encoding/base64"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
)

const tea = `{"items":[{"sku":"tea","quantity":1}]}`

func TestAnOrder(t *testing.T) {
	w := newWorld(t)
	body := w.send("POST", "/orders", tea, "Authorization", w.session(ann), "Idempotency-Key", "k1").Want(201)
	order := body["order"].(map[string]any)
	if body["action"].(map[string]any)["paymentUrl"] != "https://wallet.example/pay?a=1&b=2" || len(body) != 3 {
		t.Errorf("got %v", body)
	}
	if text := strings.ToLower(asJSON(t, body)); strings.Contains(text, "secret") {
		t.Errorf("the client receives data that is for the merchant only: %s", text)
	}
	claims, err := w.tokens.ParseOrder(body["orderToken"].(string))
	if err != nil || claims.Order != order["id"] || claims.Payer != ann || claims.Value != "300" || claims.Wallet != "sandbox" {
		t.Errorf("the order token has %+v, %v", claims, err)
	}
	got := w.engine.made[0]
	if got.App != "shop" || got.Wallet != "sandbox" || got.Channel != wallet.MiniProgram || got.Source != bridge.FromClient ||
		got.Price != nil || got.Payer != (bridge.Payer{ID: ann, Wallet: "sandbox", Guest: true}) || len(got.Items) != 1 {
		t.Errorf("the engine was called with %+v", got)
	}
}

func TestTheBodyOfAnOrder(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct{ body, field string }{
		"an amount is refused by name":           {`{"items":[{"sku":"tea","quantity":1}],"amount":{"currency":"USD","value":"1"}}`, "amount"},
		"a price is refused by name":             {`{"items":[{"sku":"tea","quantity":1}],"price":"0.01"}`, "price"},
		"a line's price is refused by name":      {`{"items":[{"sku":"tea","quantity":1,"price":"0.01"}]}`, "items[0].price"},
		"a line's amount is refused by name":     {`{"items":[{"sku":"tea","quantity":1,"amount":"1"}]}`, "items[0].amount"},
		"a currency is refused by name":          {`{"items":[{"sku":"tea","quantity":1}],"currency":"IQD"}`, "currency"},
		"a payer is refused by name":             {`{"items":[{"sku":"tea","quantity":1}],"payer":"bob"}`, "payer"},
		"another case is refused by name":        {`{"Items":[{"sku":"tea","quantity":1}]}`, "Items"},
		"twice is refused by name":               {`{"items":[],"items":[{"sku":"tea","quantity":1}]}`, "items"},
		"neither items nor order":                {`{}`, "items"},
		"both items and order":                   {`{"items":[{"sku":"tea","quantity":1}],"order":"ord_1"}`, "order"},
		"a token and no order":                   {`{"items":[{"sku":"tea","quantity":1}],"orderToken":"x"}`, "orderToken"},
		"no quantity":                            {`{"items":[{"sku":"tea"}]}`, "items[0].quantity"},
		"a negative quantity":                    {`{"items":[{"sku":"tea","quantity":-1}]}`, "items[0].quantity"},
		"a quantity as text":                     {`{"items":[{"sku":"tea","quantity":"1"}]}`, "items[0].quantity"},
		"a quantity that is no whole number":     {`{"items":[{"sku":"tea","quantity":0.5}]}`, "items[0].quantity"},
		"no sku":                                 {`{"items":[{"quantity":1}]}`, "items[0].sku"},
		"a channel that is none":                 {`{"items":[{"sku":"tea","quantity":1}],"channel":"fax"}`, "channel"},
		"a method that fills a page is too long": {`{"items":[{"sku":"tea","quantity":1}],"method":"` + strings.Repeat("x", 65) + `"}`, "method"},
	} {
		t.Run(name, func(t *testing.T) {
			a := w.send("POST", "/orders", test.body, "Authorization", w.session(ann), "Idempotency-Key", "k1")
			a.T = t
			a.Refused(400, test.field)
		})
	}
	if len(w.engine.made) > 0 {
		t.Errorf("the engine was called with %v", w.engine.made)
	}
	big := `{"items":[{"sku":"` + strings.Repeat("x", 70_000) + `","quantity":1}]}`
	w.send("POST", "/orders", big, "Authorization", w.session(ann), "Idempotency-Key", "k1").Refused(413, "")
	w.send("POST", "/orders", tea+tea, "Authorization", w.session(ann), "Idempotency-Key", "k1").Refused(400, "")
}

func TestIdempotency(t *testing.T) {
	w := newWorld(t)
	session := w.session(ann)
	order := func(body string, headers ...string) answer {
		return w.send("POST", "/orders", body, append([]string{"Authorization", session}, headers...)...)
	}
	order(tea).Refused(400, "Idempotency-Key")
	order(tea, "Idempotency-Key", "").Refused(400, "Idempotency-Key")
	order(tea, "Idempotency-Key", strings.Repeat("k", 256)).Refused(400, "Idempotency-Key")
	order(tea, "Idempotency-Key", "tab\t").Refused(400, "Idempotency-Key")
	order(tea, "Idempotency-Key", "a", "Idempotency-Key", "b").Refused(400, "Idempotency-Key")
	order(tea, "Idempotency-Key", strings.Repeat("k", 255)).Want(201)

	first := order(tea, "Idempotency-Key", "k1")
	first.Want(201)
	again := order(tea, "Idempotency-Key", "k1")
	if again.Code != 201 || again.Body.String() != first.Body.String() {
		t.Errorf("the replay is %s, want %s", again.Body, first.Body)
	}
	order(tea+" ", "Idempotency-Key", "k1").Refused(422, "")
	other := w.send("POST", "/orders", tea, "Authorization", w.session(bob), "Idempotency-Key", "k1")
	if other.Want(201); other.Body.String() == first.Body.String() {
		t.Error("one payer's key returned another payer's answer")
	}
	enveloped := order(tea, "Idempotency-Key", "k1", "Minitill-Envelope", "1")
	if got, want := enveloped.Body.String(), `{"status":201,"data":`+first.Body.String()+`}`; enveloped.Code != 200 || got != want {
		t.Errorf("got %d %s, want %s", enveloped.Code, got, want)
	}

	w.engine.fail = &fault.Error{Kind: fault.Unknown, Detail: "No answer."}
	order(tea, "Idempotency-Key", "k2").Refused(504, "")
	running := order(tea, "Idempotency-Key", "k2")
	running.Refused(409, "")
	if running.Header().Get("Retry-After") != "1" {
		t.Errorf("headers are %v", running.Header())
	}
}

func TestARefusalIsKeptToo(t *testing.T) {
	w := newWorld(t)
	w.engine.fail = &fault.Error{Kind: fault.Declined, Code: "NO_MONEY", Detail: "The wallet refused the payment."}
	session := w.session(ann)
	first := w.send("POST", "/orders", tea, "Authorization", session, "Idempotency-Key", "k1", "X-Request-Id", "first")
	first.Refused(402, "")
	w.engine.fail = nil
	again := w.send("POST", "/orders", tea, "Authorization", session, "Idempotency-Key", "k1", "X-Request-Id", "second")
	if again.Code != 402 || again.Body.String() != first.Body.String() || again.Header().Get("X-Request-Id") != "second" {
		t.Errorf("got %d %v %s", again.Code, again.Header(), again.Body)
	}
	enveloped := w.send("POST", "/orders", tea, "Authorization", session, "Idempotency-Key", "k1", "Minitill-Envelope", "1")
	if got := enveloped.Want(200)["problem"].(map[string]any); got["walletCode"] != "NO_MONEY" || got["requestId"] != "first" {
		t.Errorf("got %v", got)
	}
}

func TestAMerchantsOrder(t *testing.T) {
	w := newWorld(t)
	unowned := w.engine.newOrder("shop", bridge.Payer{})
	anns := w.engine.newOrder("shop", bridge.Payer{ID: "ann"})
	clubs := w.engine.newOrder("club", bridge.Payer{})
	pay := func(who string, o bridge.Order, token string) answer {
		if token != "" {
			token = `,"orderToken":"` + strings.TrimPrefix(token, "Bearer ") + `"`
		}
		return w.send("POST", "/orders", `{"order":"`+string(o.ID)+`","wallet":"second"`+token+`}`, "Authorization", who, "Idempotency-Key", "k")
	}
	pay(w.session("ann"), unowned, w.orderToken(unowned)).Want(201)
	if got := w.engine.paid[0]; got.Wallet != "second" || got.Payer.ID != "ann" || got.Source != bridge.FromClient {
		t.Errorf("the engine was called with %+v", got)
	}
	w = sameWorld(w)
	pay(w.orderToken(unowned), unowned, "").Want(201)
	pay(w.orderToken(anns), anns, "").Want(201)
	pay(w.session("ann"), anns, "").Want(201)
	pay(w.session("bob"), anns, w.orderToken(anns)).Want(201)
	pay(w.session("ann"), clubs, w.orderToken(clubs)).Refused(404, "")
	w.send("POST", "/orders", `{"order":"ord_x"}`, "Authorization", w.session("ann"), "Idempotency-Key", "k9").Refused(404, "")
	w.send("POST", "/orders", tea, "Authorization", w.orderToken(unowned), "Idempotency-Key", "k9").Refused(401, "")
}

// TestTheIDOfAMerchantsOrderOpensNothing: a caller with an order's id, but neither its token nor
// its payer's session, can neither pay, read nor cancel it.
func TestTheIDOfAMerchantsOrderOpensNothing(t *testing.T) {
	w := newWorld(t)
	unowned := w.engine.newOrder("shop", bridge.Payer{})
	anns := w.engine.newOrder("shop", bridge.Payer{ID: "ann"})
	page, _, err := w.tokens.IssuePay(web.OrderClaims(&unowned))
	if err != nil {
		t.Fatal(err)
	}
	foreign := unowned
	foreign.App = "club"
	for name, token := range map[string]string{
		"no token": "", "rubbish": "abc.def.ghi", "another order's token": w.orderToken(anns), "its payment page's token": page,
		"its session's token": w.session("bob"), "a token from another app": w.orderToken(foreign),
	} {
		body := `{"order":"` + string(unowned.ID) + `","orderToken":"` + strings.TrimPrefix(token, "Bearer ") + `"}`
		if a := w.send("POST", "/orders", body, "Authorization", w.session("bob"), "Idempotency-Key", "k"); a.Code != 403 {
			t.Errorf("%s: got %d %s", name, a.Code, a.Body)
		}
	}
	w.send("POST", "/orders", `{"order":"`+string(anns.ID)+`"}`, "Authorization", w.session("bob"), "Idempotency-Key", "k").Refused(403, "")
	w.send("POST", "/orders", `{"order":"`+string(anns.ID)+`"}`, "Authorization", w.orderToken(unowned), "Idempotency-Key", "k").Refused(403, "")
	for _, call := range []string{"GET ", "GET /stream", "POST /result", "POST /cancel", "POST /payments"} {
		method, path, _ := strings.Cut(call, " ")
		body := ""
		if path == "/result" {
			body = `{"resultCode":"9000"}`
		}
		w.send(method, "/orders/"+string(unowned.ID)+path, body, "Authorization", w.session("bob")).Refused(404, "")
	}
	if len(w.engine.paid)+len(w.engine.canceled)+len(w.engine.hints) > 0 {
		t.Errorf("the engine was called with %v, %v, %v", w.engine.paid, w.engine.canceled, w.engine.hints)
	}
}

// sameWorld removes the idempotency keys that were used.
func sameWorld(w *world) *world {
	w.engine.claims = map[string]bridge.Claim{}
	return w
}

func TestPayments(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: ann, Wallet: "sandbox", Guest: true})
	path := "/orders/" + string(o.ID) + "/payments"
	w.send("POST", path, "", "Authorization", w.orderToken(o)).Want(201)
	w.send("POST", path, `{"method":"card"}`, "Authorization", w.session(ann)).Want(201)
	if got := w.engine.paid[1]; got.Method != "card" || got.Wallet != "" {
		t.Errorf("the engine was called with %+v", got)
	}
	first := w.send("POST", path, `{"wallet":"second"}`, "Authorization", w.orderToken(o), "Idempotency-Key", "k")
	first.Want(201)
	again := w.send("POST", path, `{"wallet":"second"}`, "Authorization", w.session(ann), "Idempotency-Key", "k")
	if again.Body.String() != first.Body.String() {
		t.Errorf("the session's replay of the order token's request is %s", again.Body)
	}
	w.send("POST", path, `{"wallet":"sandbox"}`, "Authorization", w.session(ann), "Idempotency-Key", "k").Refused(422, "")
	w.send("POST", path, `{"amount":"1"}`, "Authorization", w.session(ann)).Refused(400, "amount")
	failed := w.engine.settle(o, wallet.Failed)
	failed.Payments[0].Wallet = "second"
	w.engine.put(failed)
	w.send("POST", path, "", "Authorization", w.session(ann)).Want(201)
	if got := w.engine.paid[len(w.engine.paid)-1]; got.Wallet != "second" {
		t.Errorf("a retry goes to %q, want the wallet of the last attempt", got.Wallet)
	}
}

func TestCancel(t *testing.T) {
	w := newWorld(t)
	o := w.engine.newOrder("shop", bridge.Payer{ID: "ann", Wallet: "sandbox"})
	path := "/orders/" + string(o.ID) + "/cancel"
	if body := w.send("POST", path, "{}", "Authorization", w.session("ann")).Want(200); len(body) != 1 {
		t.Errorf("got %v", body)
	}
	w.send("POST", path, "", "Authorization", w.session("bob")).Refused(404, "")
	w.send("POST", path, `{"force":true}`, "Authorization", w.session("ann")).Refused(400, "force")
	if len(w.engine.canceled) != 1 {
		t.Errorf("canceled %v", w.engine.canceled)
	}
	w.engine.fail = fault.New(fault.Conflict, "test", "The order is paid.")
	w.send("POST", path, "", "Authorization", w.session("ann")).Refused(409, "")
}

func TestAQRCodeIsRendered(t *testing.T) {
	w := newWorld(t)
	w.engine.action = &wallet.Action{Type: wallet.ActionQR, Content: "https://wallet.example/q/" + strings.Repeat("x", 100)}
	body := w.send("POST", "/orders", tea, "Authorization", w.session(ann), "Idempotency-Key", "k").Want(201)
	image := body["action"].(map[string]any)["image"].(string)
	text, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(image, "data:image/svg+xml;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	var svg struct {
		XMLName xml.Name
		ViewBox string `xml:"viewBox,attr"`
		Path    []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	if err := xml.Unmarshal(text, &svg); err != nil || svg.XMLName.Local != "svg" || len(svg.Path) != 2 {
		t.Fatalf("got %s, %v", text, err)
	}
	if !strings.HasPrefix(svg.Path[1].D, "M4 4h7v1h-7z") {
		t.Errorf("the first bar is not a finder pattern: %.40s", svg.Path[1].D)
	}
	long := &wallet.Action{Type: wallet.ActionQR, Content: strings.Repeat("x", 5000)}
	if got := web.WithQRCode(long); got.Image != "" || long.Image != "" {
		t.Error("content that no QR code can hold was rendered")
	}
	own := &wallet.Action{Type: wallet.ActionQR, Content: "x", Image: "data:image/png;base64,AA=="}
	if got := web.WithQRCode(own); got != own {
		t.Error("the wallet's own image was replaced")
	}
	if w.engine.action.Image != "" {
		t.Error("the order's own action was changed")
	}
}

func TestOrdersNeedASession(t *testing.T) {
	w := newWorld(t)
	pay, _, err := w.tokens.IssuePay(signing.OrderClaims{App: "shop", Order: "ord_1", Currency: "USD", Value: "1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, header := range map[string]string{
		"no token": "", "not a bearer": "Basic YTpi", "no scheme": "abc", "an empty token": "Bearer ",
		"rubbish": "Bearer abc.def.ghi", "a payment page's token": "Bearer " + pay,
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if header != "" {
				headers = []string{"Authorization", header}
			}
			a := w.send("POST", "/orders", tea, append(headers, "Idempotency-Key", "k")...)
			a.T = t
			a.Refused(401, "")
		})
	}
}
