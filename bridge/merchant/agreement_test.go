package merchant_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

func TestAnAgreementIsMadeSignedChargedAndEnded(t *testing.T) {
	w := newWorld(t)
	body := w.call("POST", "/agreements", `{"wallet":"second","title":"Coffee","description":"Two bags",
		"limit":{"currency":"USD","decimal":"50.00"},"language":"ar-IQ"}`).Want(201)
	if got := w.engine.agreementsWanted[0]; got != (agreement.Request{
		App: "shop", Wallet: "second", Title: "Coffee", Description: "Two bags", Language: "ar-IQ",
		Limit: wallet.Money{Minor: 5000, Currency: "USD"},
	}) {
		t.Errorf("the engine was called with %+v", got)
	}
	if asJSON(t, body["action"]) != `{"type":"sign","url":"https://wallet.example/sign?a=1\u0026b=2"}` || at(body, "agreement", "status") != "pending" {
		t.Errorf("got %v", body)
	}
	path := "/agreements/" + at(body, "agreement", "id").(string)
	signed := w.call("POST", path+"/sign", code).Want(200)
	if signed["status"] != "active" || at(signed, "payer", "id") != "208800001" || signed["signedAt"] == nil || signed["endedAt"] != nil ||
		at(signed, "limit", "value") != "5000" || w.engine.done[0] != "sign 2810111301lGZcM9CjlF91WH00039190xxxx" {
		t.Errorf("got %v", signed)
	}
	paid := w.call("POST", "/orders", with("agreement", asJSON(t, signed["id"]))).Want(201)
	if at(paid, "order", "agreement") != signed["id"] || paid["action"] != nil || paid["payUrl"] != nil || paid["orderToken"] == nil {
		t.Errorf("got %v", paid)
	}
	if got := w.engine.wanted[0]; got.Unpaid || got.Agreement == "" {
		t.Errorf("the engine was called with %+v", got)
	}
	if ended := w.call("POST", path+"/end", "").Want(200); ended["status"] != "ended" || ended["endedAt"] == nil {
		t.Errorf("got %v", ended)
	}
	shown := w.call("GET", path, "").Body.String()
	if strings.Contains(shown, "sealed") || strings.Contains(shown, "digest") || !strings.Contains(shown, `"ended"`) {
		t.Errorf("got %s", shown)
	}
}

func TestWhatIsWrongWithAnAgreementIsNamed(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct{ path, body, field string }{
		"no title":                   {"/agreements", `{}`, "title"},
		"an empty title":             {"/agreements", `{"title":""}`, "title"},
		"a title with a line break":  {"/agreements", `{"title":"a\nb"}`, "title"},
		"a long title":               {"/agreements", `{"title":` + quoted(257) + `}`, "title"},
		"a limit of nothing":         {"/agreements", `{"title":"a","limit":{"currency":"USD","value":"0"}}`, "limit"},
		"a limit that is a number":   {"/agreements", `{"title":"a","limit":5}`, "limit"},
		"a limit in no currency":     {"/agreements", `{"title":"a","limit":{"currency":"ZZZ","value":"1"}}`, "limit.currency"},
		"a language that is none":    {"/agreements", `{"title":"a","language":"ar_IQ"}`, "language"},
		"a language with an end":     {"/agreements", `{"title":"a","language":"ar-"}`, "language"},
		"a description too long":     {"/agreements", `{"title":"a","description":` + quoted(257) + `}`, "description"},
		"a member that is not known": {"/agreements", `{"title":"a","token":"t"}`, "token"},
		"an order by none":           {"/orders", with("agreement", `"agr_1"`), "agreement"},
		"an order by an order":       {"/orders", with("agreement", `"ord_01JZZZZZZZZZZZZZZZZZZZZZZZ"`), "agreement"},
		"an order by an empty text":  {"/orders", with("agreement", `""`), "agreement"},
		"an order with a payer": {
			"/orders", `{"amount":{"currency":"USD","value":"1"},"description":"a","agreement":"agr_01JZZZZZZZZZZZZZZZZZZZZZZZ","payer":{"id":"ann"}}`, "payer",
		},
		"an order with a method": {
			"/orders", `{"amount":{"currency":"USD","value":"1"},"description":"a","agreement":"agr_01JZZZZZZZZZZZZZZZZZZZZZZZ","method":"card"}`, "method",
		},
	} {
		t.Run(name, func(t *testing.T) { w.in(t).call("POST", test.path, test.body).Refused(400, test.field) })
	}
	path := "/agreements/" + w.belongings("shop")["agreements"]
	for _, body := range []string{`{}`, `{"code":""}`, `{"code":` + quoted(2049) + `}`} {
		w.call("POST", path+"/sign", body).Refused(400, "code")
	}
	w.call("POST", path+"/end", `{"code":"c"}`).Refused(400, "code")
	for query, field := range map[string]string{"status=done": "status", "cursor=ord_01JZZZZZZZZZZZZZZZZZZZZZZZ": "cursor", "limit=0": "limit", "wallet=a": "wallet"} {
		w.call("GET", "/agreements?"+query, "").Refused(400, field)
	}
	if len(w.engine.agreementsWanted)+len(w.engine.done) > 0 {
		t.Errorf("the engine was called: %v %v", w.engine.agreementsWanted, w.engine.done)
	}
}

func TestAgreementsAreListedPageByPage(t *testing.T) {
	w := newWorld(t)
	var made []any
	for range 3 {
		made = append(made, at(w.call("POST", "/agreements", `{"title":"Coffee"}`).Want(201), "agreement", "id"))
	}
	w.call("POST", "/agreements/"+made[1].(string)+"/end", "").Want(200)
	first := w.call("GET", "/agreements?limit=2", "").Want(200)
	if at(first, "agreements", 0, "id") != made[2] || first["next"] != made[1] || at(first, "agreements", 0, "limit") != nil {
		t.Errorf("got %v", first)
	}
	last := w.call("GET", "/agreements?limit=2&cursor="+made[1].(string), "").Want(200)
	if at(last, "agreements", 0, "id") != made[0] || last["next"] != nil {
		t.Errorf("got %v", last)
	}
	ended := w.call("GET", "/agreements?status=ended", "").Want(200)
	if len(ended["agreements"].([]any)) != 1 || at(ended, "agreements", 0, "id") != made[1] {
		t.Errorf("got %v", ended)
	}
}

func TestRefusalsOfAgreements(t *testing.T) {
	w := newWorld(t)
	path := "/agreements/" + w.belongings("shop")["agreements"]
	for _, test := range []struct {
		kind   fault.Kind
		status int
	}{{fault.Declined, 402}, {fault.Conflict, 409}, {fault.Unsupported, 422}, {fault.Unavailable, 503}, {fault.Unknown, 504}} {
		w.engine.fail = &fault.Error{Kind: test.kind, Code: "USED_CODE", Detail: "No."}
		w.call("POST", "/agreements", `{"title":"Coffee"}`).Refused(test.status, "")
		w.call("POST", path+"/sign", code).Refused(test.status, "")
		w.call("POST", path+"/end", "").Refused(test.status, "")
	}
}

func FuzzAgreementBody(f *testing.F) {
	w := newWorld(f)
	for _, seed := range []string{
		`{"title":"Coffee"}`, `{"title":"喝茶","description":"d","wallet":"second","language":"zh-Hans-CN"}`,
		`{"title":"a","limit":{"currency":"JPY","decimal":"5000"}}`, `{"title":"a","limit":null,"language":"-"}`,
		`{"title":"a","title":"b"}`, "null", "[]", "{\"\xff\":1}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := w.in(t)
		w.engine.agreementsWanted, w.engine.agreements = nil, nil
		clear(w.engine.claims)
		a := w.call("POST", "/agreements", body)
		switch a.Code {
		case 400, 413:
			if len(w.engine.agreementsWanted) > 0 {
				t.Errorf("%q was refused and made", body)
			}
		case 201:
			req := w.engine.agreementsWanted[0]
			if n := utf8.RuneCountInString(req.Title); n < 1 || n > 256 || !utf8.ValidString(req.Title) || len(req.Language) > 35 {
				t.Errorf("%q made %+v", body, req)
			}
			if req.Limit != (wallet.Money{}) && (!req.Limit.Positive() || req.Limit.Currency.Valid() != nil) {
				t.Errorf("%q made a limit of %+v", body, req.Limit)
			}
		default:
			t.Errorf("%q: got %d %s", body, a.Code, a.Body)
		}
	})
}
