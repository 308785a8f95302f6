package console

import (
	"net/url"

	"github.com/minitill/minitill/bridge/console/saved"
)

// viewParameters are the filters of the list of orders that a view keeps. It keeps no page.
var viewParameters = []string{"q", "status", "wallet", "attention", "from", "to"}

// viewLine is a saved view as the list of orders offers it.
type viewLine struct {
	Name, URL string
	Shown     bool // the list has its filters now
}

// filters are the filters of a query that are set, in a fixed order.
func filters(query url.Values) string {
	kept := url.Values{}
	for _, name := range viewParameters {
		if value := query.Get(name); value != "" {
			kept.Set(name, value)
		}
	}
	return kept.Encode()
}

// ordersAt is the address of the list of orders with filters.
func (p *page) ordersAt(query string, pairs ...string) string {
	values, _ := url.ParseQuery(query) // checked when it was saved; what cannot be parsed is left out
	for _, name := range viewParameters {
		pairs = append(pairs, name, values.Get(name))
	}
	return p.url("orders", pairs...)
}

// views are the operator's own views of the page's app.
func (p *page) views() (list []viewLine, err error) {
	own, err := saved.New(p.documents).List(p.r.Context(), p.app.Name, p.operator.ID)
	now := filters(p.r.URL.Query())
	for _, v := range own {
		list = append(list, viewLine{v.Name, p.ordersAt(v.Query), v.Query == now})
	}
	return list, err
}

// saveView keeps the filters of the form under a name, in place of a view of the same name.
func saveView(p *page) error {
	name, err := p.text("name", saved.MaxName)
	if err != nil {
		return err
	}
	query := filters(p.r.PostForm)
	err = saved.New(p.documents).Save(p.r.Context(), p.app.Name, saved.View{Name: name, Owner: p.operator.ID, Query: query, SavedAt: p.now().UTC()})
	if err != nil {
		return err
	}
	return p.seeOther(p.ordersAt(query, "done", "view"))
}

// removeView removes one of the operator's views. The list keeps its filters.
func removeView(p *page) error {
	name, err := p.text("name", saved.MaxName)
	if err == nil {
		err = saved.New(p.documents).Remove(p.r.Context(), p.app.Name, p.operator.ID, name)
	}
	if err != nil {
		return err
	}
	return p.seeOther(p.ordersAt(filters(p.r.PostForm), "done", "view-removed"))
}
