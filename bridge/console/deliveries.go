package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/merchant"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/web"
)

// deliveryPage is one webhook to one endpoint: what was sent, and what came of it.
type deliveryPage struct {
	store.DeliveryRecord
	URL     string // of the endpoint; empty when it is no longer there
	Content string // of the request; empty until it is revealed
	Said    string // the start of the answer's body; empty until it is revealed
}

// delivery reads the delivery that the path names.
//
// Faults: NotFound; those of the store.
func (p *page) delivery() (deliveryPage, error) {
	list, err := p.store.Deliveries(p.r.Context(), store.DeliveryQuery{App: p.app.Name, ID: p.r.PathValue("id"), Limit: 1})
	if err != nil {
		return deliveryPage{}, err
	}
	if len(list) == 0 {
		return deliveryPage{}, notFound("delivery")
	}
	v := deliveryPage{DeliveryRecord: list[0]}
	endpoints, err := p.endpointLines(p.r.Context())
	if at := slices.IndexFunc(endpoints, func(l endpointLine) bool { return l.ID == v.Endpoint }); at >= 0 {
		v.URL = endpoints[at].URL
	}
	return v, err
}

func showDelivery(p *page) error {
	v, err := p.delivery()
	if err != nil {
		return err
	}
	return p.show(http.StatusOK, "delivery", "Delivery "+v.ID, v)
}

// revealDelivery shows the content of a delivery, which has the order's payer, and the answer,
// which may repeat it.
func revealDelivery(p *page) error {
	v, err := p.delivery()
	if err != nil {
		return err
	}
	err = p.act(action{operator.SeePersonal, p.app.Name, v.ID, ""}, func(context.Context) error { return nil })
	if err != nil {
		return err
	}
	v.Content, v.Said = string(web.Redacted(v.Body)), merchant.DeliveryAnswer(v.Answer)
	return p.show(http.StatusOK, "delivery", "Delivery "+v.ID, v)
}
