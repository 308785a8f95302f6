package merchant_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/wallet"
)

// with is a good order's body with one more member, or with another of that name.
func with(name, value string) string {
	members := map[string]string{"amount": `{"currency":"USD","value":"300"}`, "description": `"Tea"`}
	members[name] = value
	var list []string
	for name, value := range members {
		list = append(list, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func item(name, value string) string {
	members := map[string]string{"name": `"Tea"`, "quantity": "1", "amount": `{"currency":"USD","value":"1"}`}
	members[name] = value
	var list []string
	for name, value := range members {
		list = append(list, fmt.Sprintf("%q:%s", name, value))
	}
	return with("items", "[{"+strings.Join(list, ",")+"}]")
}

func pairs(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"k%d":"v"`, i)
	}
	return "{" + strings.Join(list, ",") + "}"
}

func quoted(n int) string { return `"` + strings.Repeat("茶", n) + `"` }

func TestWhatIsWrongWithAnOrderIsNamed(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct{ body, field string }{
		"a member that is not known":           {with("price", `"1"`), "price"},
		"another case":                         {with("Description", `"x"`), "Description"},
		"a member twice":                       {`{"description":"a","description":"b"}`, "description"},
		"no amount":                            {`{"description":"Tea"}`, "amount"},
		"an amount of nothing":                 {with("amount", `{"currency":"USD","value":"0"}`), "amount"},
		"an amount below zero":                 {with("amount", `{"currency":"USD","decimal":"-1.00"}`), "amount"},
		"an amount that is a number":           {with("amount", `{"currency":"USD","value":300}`), "amount.value"},
		"an amount that is text":               {with("amount", `"300"`), "amount"},
		"a fraction of a minor unit":           {with("amount", `{"currency":"USD","decimal":"3.001"}`), "amount.decimal"},
		"yen with decimals":                    {with("amount", `{"currency":"JPY","decimal":"3.00"}`), "amount.decimal"},
		"an exponent":                          {with("amount", `{"currency":"USD","value":"3e2"}`), "amount.value"},
		"more than an amount can be":           {with("amount", `{"currency":"USD","value":"9223372036854775808"}`), "amount.value"},
		"a value and a decimal that differ":    {with("amount", `{"currency":"USD","value":"300","decimal":"3.01"}`), "amount"},
		"neither value nor decimal":            {with("amount", `{"currency":"USD"}`), "amount.value"},
		"an empty value":                       {with("amount", `{"currency":"USD","value":""}`), "amount.value"},
		"no currency":                          {with("amount", `{"value":"300"}`), "amount.currency"},
		"a currency that is not known":         {with("amount", `{"currency":"usd","value":"300"}`), "amount.currency"},
		"an amount's member in another case":   {with("amount", `{"currency":"USD","value":"300","VALUE":"1"}`), "amount.VALUE"},
		"an amount's member twice":             {with("amount", `{"currency":"USD","value":"300","value":"1"}`), "amount.value"},
		"no description":                       {`{"amount":{"currency":"USD","value":"300"}}`, "description"},
		"a description of 257 characters":      {with("description", quoted(257)), "description"},
		"a description with a line break":      {with("description", `"a\nb"`), "description"},
		"a description with a zero byte":       {with("description", `"a\u0000b"`), "description"},
		"a reference of 129 characters":        {with("reference", quoted(129)), "reference"},
		"a reference with a control character": {with("reference", `"\u0085"`), "reference"},
		"a channel that is none":               {with("channel", `"fax"`), "channel"},
		"a method without its wallet":          {with("method", `"card"`), "method"},
		"a card number for a method token":     {with("wallet", `"sandbox","methodToken":"4111-1111-1111-1111"`), "methodToken"},
		"a method token without its wallet":    {with("methodToken", `"tok_1"`), "methodToken"},
		"a method token with a blank":          {with("wallet", `"sandbox","methodToken":"tok 1"`), "methodToken"},
		"a capture that is none":               {with("capture", `"later"`), "capture"},
		"no time to pay":                       {with("expiresIn", "0"), "expiresIn"},
		"59 seconds":                           {with("expiresIn", "59"), "expiresIn"},
		"more than 30 days":                    {with("expiresIn", "2592001"), "expiresIn"},
		"a time as text":                       {with("expiresIn", `"600"`), "expiresIn"},
		"half a second":                        {with("expiresIn", "60.5"), "expiresIn"},
		"a script to return to":                {with("returnUrl", `"javascript:alert(1)"`), "returnUrl"},
		"a path to return to":                  {with("returnUrl", `"/back"`), "returnUrl"},
		"no host to return to":                 {with("returnUrl", `"https:///back"`), "returnUrl"},
		"a name before the host to return to":  {with("returnUrl", `"https://shop.example@evil.example/"`), "returnUrl"},
		"a long way to return":                 {with("returnUrl", `"https://shop.example/`+strings.Repeat("x", 1024)+`"`), "returnUrl"},
		"a payer without an id":                {with("payer", `{"wallet":"sandbox"}`), "payer.id"},
		"a payer who is text":                  {with("payer", `"ann"`), "payer"},
		"a payer with a name":                  {with("payer", `{"id":"ann","name":"Ann"}`), "payer.name"},
		"a payer of another app's wallet":      {with("payer", `{"id":"ann","wallet":"club-pay"}`), "payer.wallet"},
		"a payer with a line break":            {with("payer", `{"id":"a\nb"}`), "payer.id"},
		"101 items":                            {with("items", "["+strings.Repeat("{},", 100)+"{}]"), "items"},
		"an item without a name":               {item("name", `""`), "items[0].name"},
		"an item's name with a tab":            {item("name", `"a\tb"`), "items[0].name"},
		"an item of none":                      {item("quantity", "0"), "items[0].quantity"},
		"an item in another currency":          {item("amount", `{"currency":"EUR","value":"1"}`), "items[0].amount.currency"},
		"an item below zero":                   {item("amount", `{"currency":"USD","value":"-1"}`), "items[0].amount"},
		"an item whose amount is none":         {item("amount", `{"currency":"USD","value":"x"}`), "items[0].amount.value"},
		"an item with a price":                 {item("price", `"1"`), "items[0].price"},
		"51 metadata":                          {with("metadata", pairs(51)), "metadata"},
		"a metadata key of 41 characters":      {with("metadata", `{`+quoted(41)+`:"v"}`), "metadata"},
		"an empty metadata key":                {with("metadata", `{"":"v"}`), "metadata"},
		"a metadata value of 501 characters":   {with("metadata", `{"k":`+quoted(501)+`}`), "metadata.k"},
		"a metadata value with a zero byte":    {with("metadata", `{"k":"\u0000"}`), "metadata.k"},
		"a metadata value that is a number":    {with("metadata", `{"k":1}`), "metadata.k"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).send("POST", "/orders", test.body, "Authorization", w.shop, "Idempotency-Key", "k").Refused(400, test.field)
		})
	}
	if len(w.engine.wanted) > 0 {
		t.Errorf("the engine was called with %v", w.engine.wanted)
	}
	w.call("POST", "/orders", tea+tea).Refused(400, "")
	w.call("POST", "/orders", "").Refused(400, "")
	w.call("POST", "/orders?wallet=sandbox", tea).Refused(400, "wallet")
	w.call("POST", "/orders", with("metadata", `{"k":"`+strings.Repeat("x", 70_000)+`"}`)).Refused(413, "")
}

func TestWhatFitsAnOrderIsTaken(t *testing.T) {
	w := newWorld(t)
	for name, body := range map[string]string{
		"256 characters":             with("description", quoted(256)),
		"60 seconds":                 with("expiresIn", "60"),
		"30 days":                    with("expiresIn", "2592000"),
		"50 metadata":                with("metadata", pairs(50)),
		"a long key and value":       with("metadata", `{`+quoted(40)+`:`+quoted(500)+`}`),
		"an item that costs nothing": item("amount", `{"currency":"USD","value":"0"}`),
		"a method token":             with("wallet", `"sandbox","methodToken":"tok_1"`),
		"yen":                        with("amount", `{"currency":"JPY","decimal":"300"}`),
		"dinar":                      with("amount", `{"currency":"IQD","value":"1001","decimal":"1.001"}`),
		"a payer of another wallet":  with("payer", `{"id":"ann","wallet":"second"}`),
		"a plain address":            with("returnUrl", `"http://127.0.0.1:8080"`),
	} {
		t.Run(name, func(t *testing.T) { w.in(t).call("POST", "/orders", body).Want(201) })
	}
}

func TestAllMistakesAreNamedTogether(t *testing.T) {
	w := newWorld(t)
	body := w.call("POST", "/orders", `{"amount":{"currency":"XXX","value":"1"},"description":"a\nb","method":"m","returnUrl":"x","metadata":{"k":"\u0000"}}`).Want(400)
	if got := len(body["errors"].([]any)); got != 5 {
		t.Errorf("got %v", body["errors"])
	}
}

// FuzzOrderBody: no body makes the server fail, and what reaches the engine keeps every
// bound, in the currency that the body names.
func FuzzOrderBody(f *testing.F) {
	w := newWorld(f)
	for _, seed := range []string{
		tea, with("metadata", pairs(3)), with("payer", `{"id":"ann","wallet":"second"}`), item("sku", `"tea"`),
		with("agreement", `"agr_01JZZZZZZZZZZZZZZZZZZZZZZZ"`), with("amount", `{"currency":"USD","value":"300","VALUE":"1"}`), with("amount", `{"currency":"JPY","decimal":"-0"}`),
		with("expiresIn", "60"), with("returnUrl", `"https://a@b"`), "null", "[]", `{"amount":{`, "{\"\xff\":1}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := w.in(t)
		w.engine.wanted, w.engine.records.made = nil, nil
		clear(w.engine.orders)
		clear(w.engine.claims)
		a := w.call("POST", "/orders", body)
		switch a.Code {
		case 400, 413:
			if len(w.engine.wanted) > 0 {
				t.Errorf("%q was refused and made", body)
			}
		case 201:
			checkRequest(t, w.engine.wanted[0])
		default:
			t.Errorf("got %d: %s", a.Code, a.Body)
		}
	})
}

func checkRequest(t *testing.T, req engine.OrderRequest) {
	t.Helper()
	price := req.Price
	if req.App != "shop" || !price.Amount.Positive() || price.Amount.Currency.Valid() != nil || len(price.Metadata) > 50 || len(req.ReturnURL) > 1024 {
		t.Errorf("the engine was called with %+v", req)
	}
	texts := []string{price.Description, price.Reference, req.Wallet, req.Method, req.Payer.ID}
	for _, item := range price.Items {
		texts = append(texts, item.SKU, item.Name)
		if item.Amount.Currency != price.Amount.Currency || item.Amount.Minor < 0 || item.Quantity < 1 {
			t.Errorf("a line is %+v", item)
		}
	}
	for _, text := range texts {
		if strings.ContainsAny(text, "\x00\n\r\x7f") || len(text) > 4*256 {
			t.Errorf("a text is %q", text)
		}
	}
	if _, err := wallet.ParseMinor(price.Amount.Currency, price.Amount.Value()); err != nil {
		t.Error(err)
	}
}
