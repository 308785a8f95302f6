package merchant

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

type resolveBody struct {
	Attention string      `json:"attention" validate:"required,max=64"`
	Note      string      `json:"note" validate:"required,max=1024"`
	Outcome   string      `json:"outcome" validate:"max=64"`
	Amount    *amountBody `json:"amount"`                   // of the outcome; the largest possible without it
	Refund    string      `json:"refund" validate:"max=64"` // where the reason applies to several
}

// resolution returns the engine's request for a valid body.
//
// Faults: Invalid.
func (b *resolveBody) resolution(by string) (resolution.Decision, error) {
	var found fault.Fields
	r := resolution.Decision{
		Attention: bridge.Attention(b.Attention), Note: b.Note, By: by, Outcome: b.Outcome, Source: bridge.FromMerchant,
	}
	checkText("attention", b.Attention, &found)
	checkText("note", b.Note, &found)
	checkText("outcome", b.Outcome, &found)
	if b.Amount != nil {
		r.Amount = b.Amount.positive("amount", &found)
	}
	if _, number, ok := bridge.ParseRefundID(b.Refund); ok {
		r.Refund = number
	} else if b.Refund != "" {
		found.Add("refund", "must be the id of a refund")
	}
	if b.Amount != nil && b.Outcome == "" {
		found.Add("amount", "goes with an outcome only")
	}
	return r, found.Invalid("merchant")
}

// resolveOrder clears a reason for attention, and records the outcome that a person has
// established.
//
// Faults: NotFound; Invalid; Forbidden for an outcome without the scope refunds;
// KeyReused; those of engine.Engine.Resolve.
func (a *API) resolveOrder(c *gin.Context, r *request) error {
	var body resolveBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	resolution, err := body.resolution(r.by())
	if err == nil {
		err = r.mayState(body.Outcome)
	}
	if err != nil {
		return err
	}
	return a.operate(c, r, raw, resolved(body.Outcome, body.Note), func(ctx context.Context, id bridge.OrderID, once *orderOnce) (orderOutcome, error) {
		return a.engine.Resolve(ctx, id, resolution, once)
	})
}

// mayState checks that the key may state an outcome of an order, which changes the order
// without confirmation by the wallet, as no other call does.
//
// Faults: Forbidden.
func (r *request) mayState(outcome string) error {
	if outcome == "" || slices.Contains(r.key.Scopes, store.ScopeRefunds) {
		return nil
	}
	return fault.New(fault.Forbidden, "merchant.resolveOrder", "The key lacks the scope refunds, which an outcome needs.")
}

// resolved is a resolution as an action.
func resolved(outcome, note string) action {
	if outcome == "" {
		return action{name: operator.Note, reason: note}
	}
	return action{name: operator.Outcome, reason: note}
}

type resolveAgreementBody struct {
	Attention string `json:"attention" validate:"required,max=64"`
	Note      string `json:"note" validate:"required,max=1024"`
	Outcome   string `json:"outcome" validate:"max=64"`
}

// resolveAgreement clears a reason for attention of an agreement, or marks it as ended.
//
// Faults: NotFound; Invalid; KeyReused; those of engine.Engine.ResolveAgreement.
func (a *API) resolveAgreement(c *gin.Context, r *request) error {
	var body resolveAgreementBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	var found fault.Fields
	checkText("note", body.Note, &found)
	if err := found.Invalid("merchant"); err != nil {
		return err
	}
	resolution := agreement.Resolution{
		Attention: agreement.Attention(body.Attention), Outcome: body.Outcome, By: r.by(), Note: body.Note,
	}
	return a.operateAgreement(c, r, raw, resolved(body.Outcome, body.Note), func(ctx context.Context, id bridge.AgreementID, once *agreementOnce) (agreementOutcome, error) {
		return a.engine.ResolveAgreement(ctx, r.app, id, resolution, once)
	})
}
