package browsertest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server/pages"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

const shop = "Kettle & Bean"

func usd(minor int64) wallet.Money { return wallet.Money{Minor: minor, Currency: "USD"} }

func order(status wallet.Status) *view.Order {
	return &view.Order{
		ID: "ord_01KAGD3Z8Q9M5X7T2V4B6N8C0R", App: "demo", Status: status, Amount: usd(1230),
		Paid: usd(0), Refunded: usd(0), RefundPending: usd(0),
		Description: "2 × Flat white, Almond croissant",
		Items: []wallet.Item{
			{SKU: "flat-white", Name: "Flat white", Quantity: 2, Amount: usd(900)},
			{SKU: "croissant", Name: "Almond croissant", Quantity: 1, Amount: usd(330)},
		},
		CreatedAt: time.Now(), ExpiresAt: time.Now().Add(14*time.Minute + 30*time.Second),
	}
}

// stay is where the pages of exhibits lead: a path of the gallery that answers without a
// page, so that the browser stays where it is.
const stay = "/stay"

func viewed(o *view.Order, action *wallet.Action) pages.View {
	return pages.View{Title: shop, Accent: "#1f6f54", Order: o, Action: action, ContinueURL: stay, RefreshAfter: 600}
}

var payAction = &wallet.Action{
	Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.example/cashier/sp_1?token=v1%2Babc", Image: picture,
}

// picture is rendered like a QR code and is none.
var picture = func() string {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29"><path d="`)
	dot := uint32(7)
	for y := range 29 {
		for x := range 29 {
			dot = dot*1664525 + 1013904223
			if dark(x, y, dot>>31 == 1) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(b.String()))
}()

// dark draws the three corners of a QR code, and chance elsewhere.
func dark(x, y int, chance bool) bool {
	if x > 20 && y < 8 {
		x = 28 - x
	}
	if y > 20 && x < 8 {
		y = 28 - y
	}
	if x > 7 || y > 7 {
		return chance
	}
	ring := max(abs(x-3), abs(y-3))
	return ring != 2 && ring != 4
}

func abs(n int) int { return max(n, -n) }

func payment(v pages.View) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { pages.Payment(w, r, leadsHere(v, r)) }
}

func comeBack(v pages.View) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { pages.Return(w, r, leadsHere(v, r)) }
}

// leadsHere is a view whose way on is at the gallery's own address.
func leadsHere(v pages.View, r *http.Request) pages.View {
	if v.ContinueURL == stay {
		v.ContinueURL = "http://" + r.Host + stay
	}
	return v
}

func payerExhibits() []exhibit {
	const total = "$12.30"
	list := []exhibit{
		{Name: "payment-ready", Reads: []string{shop, total, "Flat white", "Pay with your wallet", "Time left", "Closing the page is safe"}, Open: true, draw: payment(viewed(order(wallet.Pending), payAction))},
		{Name: "payment-unopened", Reads: []string{shop, total, "Pay with your wallet", "Closing the page is safe"}, Open: true, draw: payment(unopened())},
		{Name: "payment-deeplink", Reads: []string{total, "Open the wallet app"}, Open: true, draw: payment(viewed(order(wallet.Pending), &wallet.Action{Type: wallet.ActionDeeplink, URL: "superwallet://pay?id=1"}))},
		{Name: "payment-methods", Reads: []string{"How would you like to pay?", "Wallet balance", "بطاقة"}, Open: true, draw: payment(viewed(order(wallet.Pending), &wallet.Action{Type: wallet.ActionChooseMethod, Methods: []wallet.Method{{ID: "balance", Name: "Wallet balance"}, {ID: "card", Name: "Card ending in 4242"}, {ID: "c2", Name: "بطاقة مدى"}}}))},
		{Name: "payment-in-app", Reads: []string{"Go on in the app"}, Open: true, draw: payment(viewed(order(wallet.Pending), &wallet.Action{Type: wallet.ActionTradeNO, TradeNO: "2026"}))},
		{Name: "payment-loading", Reads: []string{"Getting your payment ready", "nothing has been charged"}, Open: true, draw: payment(viewed(order(wallet.Created), nil))},
		{Name: "payment-waiting", Reads: []string{"Waiting for your wallet", "You can leave"}, Open: true, draw: payment(viewed(order(wallet.Pending), nil))},
		{Name: "return-waiting", Reads: []string{"Waiting for your wallet", "You can leave", "Back to the shop"}, Open: true, draw: comeBack(viewed(order(wallet.Pending), nil))},
		{Name: "return-authorized", Reads: []string{"Payment approved", "set aside"}, Open: true, draw: comeBack(viewed(order(wallet.Authorized), nil))},
		{Name: "return-attention", Reads: []string{"We are checking this payment", "do not pay again"}, draw: comeBack(viewed(flagged(wallet.Expired), nil))},
		{Name: "return-paid-attention", Reads: []string{"Paid", "another look"}, draw: comeBack(viewed(flagged(wallet.Paid), nil))},
		{Name: "return-reversed", Reads: []string{"The payment was taken back", "before you pay again"}, draw: comeBack(viewed(reversed(), nil))},
		{Name: "return-refunded", Reads: []string{"Refunded", "$3.30"}, draw: comeBack(viewed(refunded(), nil))},
		{Name: "return-elsewhere", Reads: []string{"Paid", total, "Back to the shop"}, draw: comeBack(viewed(outcome(wallet.Paid), nil))},
		{Name: "return-unknown", Reads: []string{"We do not know this order"}, draw: comeBack(pages.View{Title: shop})},
		{Name: "notfound-unknown", Reads: []string{"We do not know this order"}, draw: pages.NotFound},
	}
	for status, title := range map[wallet.Status]string{
		wallet.Paid: "Paid", wallet.Failed: "The payment failed", wallet.Canceled: "Canceled",
		wallet.Expired: "The time is up", wallet.Voided: "The amount was released",
	} {
		alone := viewed(order(status), nil)
		alone.ContinueURL = ""
		list = append(list,
			exhibit{Name: "return-" + string(status), Reads: []string{title, total, "Back to the shop"}, draw: comeBack(viewed(order(status), nil))},
			exhibit{Name: "payment-" + string(status), Reads: []string{title, total}, draw: payment(alone)})
	}
	return append(list, longExhibit())
}

// unopened is an order for which opening a payment failed, so that the payer is to press
// the button.
func unopened() pages.View {
	v := viewed(order(wallet.Created), nil)
	v.Opens, v.Tried = true, true
	return v
}

func flagged(status wallet.Status) *view.Order {
	o := order(status)
	o.Attention = []bridge.Attention{bridge.AmountMismatch}
	return o
}

func refunded() *view.Order {
	o := order(wallet.Paid)
	o.Refunded = usd(330)
	return o
}

// outcome is what a browser sees that has never had the order's payment page.
func outcome(status wallet.Status) *view.Order {
	o := order(status)
	o.Description, o.Items = "", nil
	return o
}

func reversed() *view.Order {
	o := order(wallet.Paid)
	o.Paid, o.Reversed = usd(1230), &view.Reversal{Amount: usd(1230), At: o.CreatedAt}
	return o
}

// longExhibit has the longest texts that a page may have to show.
func longExhibit() exhibit {
	o := order(wallet.Pending)
	o.Amount = wallet.Money{Minor: 123_456_789_012_345, Currency: "USDT"}
	o.Description = "طلب قهوة عربية مع تمر " + strings.Repeat("Donaudampfschifffahrt", 6)
	o.Reference = strings.Repeat("R", 60)
	for i := range 9 {
		o.Items = append(o.Items, wallet.Item{Name: strings.Repeat("Kaffee", i+1), Quantity: 100, Amount: wallet.Money{Minor: 5_000_000, Currency: "USDT"}})
	}
	v := viewed(o, payAction)
	v.Title = "The Extraordinarily Long-Winded Coffee, Tea & Pastry Company of Kettlewell"
	return exhibit{Name: "payment-long", Reads: []string{"123456789.012345 USDT"}, Open: true, draw: payment(v)}
}
