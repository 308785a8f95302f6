package merchant

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/web"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

type agreementBody struct {
	Wallet      string      `json:"wallet" validate:"max=40"` // empty: the app's first that has agreements
	Title       string      `json:"title" validate:"required,max=256"`
	Description string      `json:"description" validate:"max=256"`
	Limit       *amountBody `json:"limit"` // of each payment
	Language    string      `json:"language" validate:"max=35"`
}

// request returns the engine's request for a valid body.
//
// Faults: Invalid.
func (b *agreementBody) request(app string) (agreement.Request, error) {
	var found fault.Fields
	req := agreement.Request{
		App: app, Wallet: b.Wallet, Title: b.Title, Description: b.Description, Language: b.Language,
	}
	if b.Limit != nil {
		req.Limit = b.Limit.positive("limit", &found)
	}
	checkText("wallet", b.Wallet, &found)
	checkText("title", b.Title, &found)
	checkText("description", b.Description, &found)
	if !isLanguage(b.Language) {
		found.Add("language", "must be a language tag such as ar-IQ")
	}
	return req, found.Invalid("merchant")
}

// isLanguage reports whether s has the form of a BCP 47 tag, or is empty.
func isLanguage(s string) bool {
	if s == "" {
		return true
	}
	const signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for part := range strings.SplitSeq(s, "-") {
		if part == "" || len(part) > 8 || strings.Trim(part, signs) != "" {
			return false
		}
	}
	return true
}

// agreementAnswer is a new agreement and the action by which the payer signs it.
type agreementAnswer struct {
	Agreement agreement.View `json:"agreement"`
	Action    *wallet.Action `json:"action,omitempty"` // while there is something to sign
}

// createAgreement creates an agreement, which the payer has to sign.
//
// Faults: Invalid; KeyReused; those of engine.Engine.CreateAgreement.
func (a *API) createAgreement(c *gin.Context, r *request) error {
	var body agreementBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	req, err := body.request(r.app)
	if err != nil {
		return err
	}
	once := kept(a, c, r, raw, http.StatusCreated, func(g *agreement.Agreement) (any, error) {
		return agreementAnswer{a.viewAgreement(g), g.Action}, nil
	})
	outcome, err := a.engine.CreateAgreement(c.Request.Context(), req, once)
	return sendOutcome(c, once, outcome, err)
}

type signBody struct {
	Code string `json:"code" validate:"required,max=2048" text:"no"`
}

// signAgreement exchanges the code that the payer's client got by signing.
//
// Faults: NotFound; Invalid; KeyReused; those of engine.Engine.SignAgreement.
func (a *API) signAgreement(c *gin.Context, r *request) error {
	var body signBody
	raw, err := problem.Decode(c.Writer, c.Request, &body)
	if err != nil {
		return err
	}
	return a.operateAgreement(c, r, raw, action{}, func(ctx context.Context, id bridge.AgreementID, once *agreementOnce) (agreementOutcome, error) {
		return a.engine.SignAgreement(ctx, r.app, id, body.Code, once)
	})
}

// endAgreement ends an agreement. Ending it again changes nothing.
//
// Faults: NotFound; KeyReused; those of engine.Engine.EndAgreement.
func (a *API) endAgreement(c *gin.Context, r *request) error {
	raw, err := problem.DecodeOptional(c.Writer, c.Request, &struct{}{})
	if err != nil {
		return err
	}
	return a.operateAgreement(c, r, raw, action{}, func(ctx context.Context, id bridge.AgreementID, once *agreementOnce) (agreementOutcome, error) {
		return a.engine.EndAgreement(ctx, r.app, id, once)
	})
}

// operateAgreement runs an operation on an agreement and answers with the agreement.
func (a *API) operateAgreement(c *gin.Context, r *request, raw []byte, did action, do func(context.Context, bridge.AgreementID, *agreementOnce) (agreementOutcome, error)) error {
	id, err := r.agreement()
	if err != nil {
		return err
	}
	once := kept(a, c, r, raw, http.StatusOK, a.wholeAgreement)
	did.subject = string(id)
	outcome, err := actOnce(a, c, r, did, func() (agreementOutcome, error) { return do(c.Request.Context(), id, once) })
	return sendOutcome(c, once, outcome, agreementFault(err))
}

// showAgreement answers with an agreement.
//
// Faults: NotFound.
func (a *API) showAgreement(c *gin.Context, r *request) error {
	id, err := r.agreement()
	if err != nil {
		return err
	}
	agreement, err := a.engine.Agreement(c.Request.Context(), r.app, id)
	if err != nil {
		return agreementFault(err)
	}
	return web.Send(c, http.StatusOK, a.viewAgreement(&agreement))
}

var agreementParameters = []string{"status", "attention", "cursor", "limit"}

// agreementAttentions are the reasons that a query can name, and any of them.
var agreementAttentions = append([]agreement.Attention{agreement.AnyAttention}, agreement.Attentions...)

type agreementsAnswer struct {
	Agreements []agreement.View `json:"agreements"`
	Next       *string          `json:"next"` // the cursor of the next page; null on the last
}

// listAgreements answers with agreements that match, the newest first.
//
// Faults: Invalid for a parameter that makes no sense.
func (a *API) listAgreements(c *gin.Context, r *request) error {
	q, err := agreementQuery(r)
	if err != nil {
		return err
	}
	agreements, next, err := web.Page(q.Limit, func(limit int) ([]agreement.Agreement, error) {
		q.Limit = limit
		return a.engine.Agreements(c.Request.Context(), q)
	}, func(g *agreement.Agreement) string { return string(g.ID) }, a.viewAgreement)
	if err != nil {
		return err
	}
	return web.Send(c, http.StatusOK, agreementsAnswer{agreements, next})
}

func agreementQuery(r *request) (agreement.Query, error) {
	p := r.query
	q := agreement.Query{
		App: r.app, Status: web.Word(p, "status", agreement.Statuses), Attention: web.Word(p, "attention", agreementAttentions),
		Before: web.Parsed(p, "cursor", "is not the id of an agreement", bridge.ParseAgreementID), Limit: p.Limit(),
	}
	return q, p.Err()
}

// agreement is the id of the agreement that a request names.
//
// Faults: NotFound for what cannot be one.
func (r *request) agreement() (bridge.AgreementID, error) {
	id, ok := bridge.ParseAgreementID(r.id)
	if !ok {
		return "", web.NotFound("agreement", nil)
	}
	return id, nil
}

func agreementFault(err error) error { return web.AsNotFound("agreement", err) }

func (a *API) wholeAgreement(g *agreement.Agreement) (any, error) { return a.viewAgreement(g), nil }

func (a *API) viewAgreement(g *agreement.Agreement) agreement.View { return g.View(a.now()) }
