package merchant_test

import (
	"context"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const code = `{"code":"2810111301lGZcM9CjlF91WH00039190xxxx"}`

// newAgreementID is an id that sorts behind those before it.
func (e *engine) newAgreementID() bridge.AgreementID {
	id, err := bridge.NewOrderID(e.clock.Now())
	if err != nil {
		panic(err)
	}
	return bridge.AgreementID(strings.Replace(string(id), "ord_", "agr_", 1))
}

func (e *engine) find(app string, id bridge.AgreementID) int {
	return slices.IndexFunc(e.agreements, func(a bridge.Agreement) bool { return a.App == app && a.ID == id })
}

func (e *engine) agreed(req bridge.OrderRequest) error {
	if req.Agreement != "" && e.find(req.App, req.Agreement) < 0 {
		return fault.InvalidField("test", "agreement", "is not an agreement of this app")
	}
	return nil
}

func (e *engine) CreateAgreement(_ context.Context, req bridge.AgreementRequest, once *bridge.Once[bridge.Agreement]) (bridge.Outcome[bridge.Agreement], error) {
	e.agreementsWanted = append(e.agreementsWanted, req)
	if e.away != nil {
		return bridge.Outcome[bridge.Agreement]{}, e.away
	}
	return keyed(e, "", once, func() (bridge.Agreement, error) {
		a := bridge.Agreement{
			ID: e.newAgreementID(), App: req.App, Wallet: "second", Status: bridge.AgreementPending, Title: req.Title,
			Description: req.Description, Limit: req.Limit, CreatedAt: e.clock.Now(),
			Action: &wallet.Action{Type: wallet.ActionSign, URL: "https://wallet.example/sign?a=1&b=2"},
		}
		e.agreements = append(e.agreements, a)
		return a, e.fail
	})
}

func (e *engine) SignAgreement(_ context.Context, app string, id bridge.AgreementID, code string, once *bridge.Once[bridge.Agreement]) (bridge.Outcome[bridge.Agreement], error) {
	return e.onAgreement(app, id, once, func(a *bridge.Agreement) {
		e.done = append(e.done, "sign "+code)
		a.Status, a.Payer.ID, a.SignedAt, a.Action = bridge.AgreementActive, "208800001", e.clock.Now(), nil
		a.Token, a.Refresh, a.TokenDigest = "sealed token", "sealed refresh", "digest"
	})
}

func (e *engine) EndAgreement(_ context.Context, app string, id bridge.AgreementID, once *bridge.Once[bridge.Agreement]) (bridge.Outcome[bridge.Agreement], error) {
	return e.onAgreement(app, id, once, func(a *bridge.Agreement) {
		a.Status, a.EndedAt = bridge.AgreementEnded, e.clock.Now()
	})
}

func (e *engine) onAgreement(app string, id bridge.AgreementID, once *bridge.Once[bridge.Agreement], change func(*bridge.Agreement)) (bridge.Outcome[bridge.Agreement], error) {
	if e.away != nil {
		return bridge.Outcome[bridge.Agreement]{}, e.away
	}
	at := e.find(app, id)
	if at < 0 {
		return bridge.Outcome[bridge.Agreement]{}, errNotThere
	}
	return keyed(e, "", once, func() (bridge.Agreement, error) {
		if e.fail == nil {
			change(&e.agreements[at])
		}
		return e.agreements[at], e.fail
	})
}

func (e *engine) Agreement(_ context.Context, app string, id bridge.AgreementID) (bridge.Agreement, error) {
	if e.away != nil {
		return bridge.Agreement{}, e.away
	}
	if at := e.find(app, id); at >= 0 {
		return e.agreements[at], nil
	}
	return bridge.Agreement{}, errNotThere
}

func (e *engine) Agreements(_ context.Context, q bridge.AgreementQuery) ([]bridge.Agreement, error) {
	if e.away != nil {
		return nil, e.away
	}
	var list []bridge.Agreement
	for _, a := range slices.Backward(e.agreements) {
		if a.App == q.App && (q.Status == "" || q.Status == a.Status) {
			list = append(list, a)
		}
	}
	return behind(list, string(q.Before), func(a bridge.Agreement) string { return string(a.ID) }, q.Limit)
}
