package console

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const pageSize = 50

// statuses are those that a list can be narrowed to.
var statuses = []wallet.Status{
	wallet.Created, wallet.Pending, wallet.Authorized, wallet.Paid, wallet.Failed, wallet.Canceled, wallet.Expired, wallet.Voided,
}

// ordersPage is the list of orders with its filters, as they are in the address.
type ordersPage struct {
	Found
	Text, Status, Wallet, Attention, From, To string
	Statuses                                  []wallet.Status
	Wallets                                   []string
	Attentions                                []bridge.Attention
	More                                      string // the address of the next page
	First                                     string // the address of the first page; empty on it
	Views                                     []viewLine
	Filtered                                  bool
}

func showOrders(p *page) error {
	v := p.filterOf()
	var err error
	if v.Views, err = p.views(); err != nil {
		return err
	}
	v.Filtered = filters(p.r.URL.Query()) != ""
	s, err := v.search(p)
	if err == nil {
		v.Found, err = p.finder.Find(p.r.Context(), s)
	}
	if err != nil {
		if fault.KindOf(err) == fault.Invalid {
			return p.refused(err, "orders", "Orders", &v)
		}
		return err
	}
	v.links(p)
	return p.show(http.StatusOK, "orders", "Orders", &v)
}

// filterOf reads the filters of a list of orders from the address or from a form.
func (p *page) filterOf() ordersPage {
	return ordersPage{
		Text: p.r.FormValue("q"), Status: p.r.FormValue("status"), Wallet: p.r.FormValue("wallet"),
		Attention: p.r.FormValue("attention"), From: p.r.FormValue("from"), To: p.r.FormValue("to"),
		Statuses: statuses, Wallets: p.walletsOf(p.app.Name), Attentions: bridge.Attentions,
	}
}

// search is what the filters select.
//
// Faults: Invalid.
func (v *ordersPage) search(p *page) (Search, error) {
	var found fault.Fields
	s := Search{
		App: p.app.Name, Text: v.Text, Status: wallet.Status(v.Status), Wallet: v.Wallet, Attention: v.Attention,
		From: minuteOf(p, "from", v.From, &found), To: minuteOf(p, "to", v.To, &found),
		After: p.r.FormValue("after"), Limit: pageSize,
	}
	if v.Status != "" && !slices.Contains(statuses, s.Status) {
		found.Add("status", "is not a status")
	}
	if v.Attention != "" && v.Attention != store.AnyAttention && !slices.Contains(bridge.Attentions, bridge.Attention(v.Attention)) {
		found.Add("attention", "is not a reason")
	}
	if len(v.Text) > input.MaxParameter {
		found.Add("q", "is too long")
	}
	return s, found.Invalid("console.orders")
}

// minuteForm is how a browser writes the value of an input of type datetime-local.
const minuteForm = "2006-01-02T15:04"

// minuteOf reads a time of a filter, which is in the page's zone.
func minuteOf(p *page, name, text string, found *fault.Fields) time.Time {
	if text == "" {
		return time.Time{}
	}
	at, err := time.ParseInLocation(minuteForm, text, p.zone())
	if err != nil || at.Unix() < 0 {
		found.Add(name, "is not a time")
		return time.Time{}
	}
	return at.UTC()
}

// links fills in the addresses of the pages beside this one.
func (v *ordersPage) links(p *page) {
	at := func(after string) string {
		query := url.Values{}
		for name, values := range p.r.URL.Query() {
			if values[0] != "" && name != "after" {
				query.Set(name, values[0])
			}
		}
		if after != "" {
			query.Set("after", after)
		}
		return p.base + "orders?" + query.Encode()
	}
	if v.Next != "" {
		v.More = at(v.Next)
	}
	if p.r.FormValue("after") != "" {
		v.First = at("")
	}
}
