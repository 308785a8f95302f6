package merchant_test

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/idempotency"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const code = `{"code":"2810111301lGZcM9CjlF91WH00039190xxxx"}`

// newAgreementID is an id that sorts behind those before it.
func (e *testEngine) newAgreementID() bridge.AgreementID {
	id, err := bridge.NewOrderID(e.clock.Now(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return bridge.AgreementID(strings.Replace(string(id), "ord_", "agr_", 1))
}

func (e *testEngine) find(app string, id bridge.AgreementID) int {
	return slices.IndexFunc(e.agreements, func(a agreement.Agreement) bool { return a.App == app && a.ID == id })
}

func (e *testEngine) agreed(req engine.OrderRequest) error {
	if req.Agreement != "" && e.find(req.App, req.Agreement) < 0 {
		return fault.InvalidField("test", "agreement", "is not an agreement of this app")
	}
	return nil
}

func (e *testEngine) CreateAgreement(_ context.Context, req agreement.Request, once *idempotency.Once[agreement.Agreement]) (idempotency.Outcome[agreement.Agreement], error) {
	e.agreementsWanted = append(e.agreementsWanted, req)
	if e.down != nil {
		return idempotency.Outcome[agreement.Agreement]{}, e.down
	}
	return keyed(e, "", once, func() (agreement.Agreement, error) {
		a := agreement.Agreement{
			ID: e.newAgreementID(), App: req.App, Wallet: "second", Status: agreement.Pending, Title: req.Title,
			Description: req.Description, Limit: req.Limit, CreatedAt: e.clock.Now(),
			Action: &wallet.Action{Type: wallet.ActionSign, URL: "https://wallet.example/sign?a=1&b=2"},
		}
		e.agreements = append(e.agreements, a)
		return a, e.fail
	})
}

func (e *testEngine) SignAgreement(_ context.Context, app string, id bridge.AgreementID, code string, once *idempotency.Once[agreement.Agreement]) (idempotency.Outcome[agreement.Agreement], error) {
	return e.onAgreement(app, id, once, func(a *agreement.Agreement) {
		e.done = append(e.done, "sign "+code)
		a.Status, a.Payer.ID, a.SignedAt, a.Action = agreement.Active, "208800001", e.clock.Now(), nil
		a.Token, a.Refresh, a.TokenDigest = "sealed token", "sealed refresh", "digest"
	})
}

func (e *testEngine) EndAgreement(_ context.Context, app string, id bridge.AgreementID, once *idempotency.Once[agreement.Agreement]) (idempotency.Outcome[agreement.Agreement], error) {
	return e.onAgreement(app, id, once, func(a *agreement.Agreement) {
		a.Status, a.EndedAt = agreement.Ended, e.clock.Now()
	})
}

func (e *testEngine) onAgreement(app string, id bridge.AgreementID, once *idempotency.Once[agreement.Agreement], change func(*agreement.Agreement)) (idempotency.Outcome[agreement.Agreement], error) {
	if e.down != nil {
		return idempotency.Outcome[agreement.Agreement]{}, e.down
	}
	at := e.find(app, id)
	if at < 0 {
		return idempotency.Outcome[agreement.Agreement]{}, errNotThere
	}
	return keyed(e, "", once, func() (agreement.Agreement, error) {
		if e.fail == nil {
			change(&e.agreements[at])
		}
		return e.agreements[at], e.fail
	})
}

func (e *testEngine) Agreement(_ context.Context, app string, id bridge.AgreementID) (agreement.Agreement, error) {
	if e.down != nil {
		return agreement.Agreement{}, e.down
	}
	if at := e.find(app, id); at >= 0 {
		return e.agreements[at], nil
	}
	return agreement.Agreement{}, errNotThere
}

func (e *testEngine) Agreements(_ context.Context, q agreement.Query) ([]agreement.Agreement, error) {
	if e.down != nil {
		return nil, e.down
	}
	var list []agreement.Agreement
	for _, a := range slices.Backward(e.agreements) {
		if a.App == q.App && (q.Status == "" || q.Status == a.Status) {
			list = append(list, a)
		}
	}
	return behind(list, string(q.Before), func(a agreement.Agreement) string { return string(a.ID) }, q.Limit)
}
