package simulator

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/minitill/minitill/internal/design"
	"github.com/minitill/minitill/wallet/internal/provider/page"
)

// accent is the provider's own colour, to distinguish it from the shop.
const accent = "#0b7a5b"

func (p *Provider) newPages() (*page.Shell, error) {
	return page.New(page.Config{
		PublicURL: p.base, Merchant: p.cfg.Merchant, Accent: accent, FrameAncestors: p.cfg.FrameAncestors,
		Texts: page.Texts{design.English: english, design.SimplifiedChinese: simplifiedChinese, design.Arabic: arabic},
		Now:   p.cfg.Now, Log: p.cfg.Log,
	})
}

// The form values of the payment page.
const (
	chooseToken = "choose"
	sendSum     = "send"
)

// cashier is the payment page: it shows the sum and the address, and lets the payer send it, or
// another sum.
func (p *Provider) cashier(v *page.Visit) (page.View, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o := p.orders.ByID(v.Query("apiSign"))
	if o == nil {
		return nil, page.ErrNotFound
	}
	now := p.cfg.Now()
	p.pass(o, now)
	if v.Posted() {
		if err := p.chosen(v, o); err != nil {
			return nil, err
		}
	}
	if o.open() {
		return p.prompt(v, o), nil
	}
	return p.result(v, o), nil
}

// chosen applies the payer's form; for an order that is not open it comes too late.
func (p *Provider) chosen(v *page.Visit, o *order) error {
	switch outcome := v.Form("outcome"); {
	case !o.open():
		return nil
	case outcome == chooseToken:
		return p.chooseAt(o, v.Form("method"))
	case outcome == sendSum:
		amount, decimal := positive(v.Form("sum"))
		if !decimal {
			return page.ErrForm
		}
		units, exact := o.token.exact(amount)
		if !exact {
			return page.ErrForm
		}
		p.receive(o, o.token, units, p.cfg.Now())
	case slices.Contains(Outcomes, outcome) && outcome != Repair:
		p.act(o, outcome)
	default:
		return page.ErrForm
	}
	return nil
}

func (p *Provider) chooseAt(o *order, method string) error {
	chain, id, _ := strings.Cut(method, "-")
	c, _ := strconv.Atoi(chain)
	n, _ := strconv.Atoi(id)
	t := tokenOf(c, n)
	if t == nil || o.status != waiting {
		return page.ErrForm
	}
	p.choose(o, t)
	return nil
}

func (p *Provider) prompt(v *page.Visit, o *order) page.Ask {
	symbol := o.token.symbol
	facts := []page.Fact{
		{Label: v.Say("order"), Value: o.trade, Code: true},
		{Label: v.Say("for"), Value: o.description},
		{Label: v.Say("price"), Amount: page.Amount{Decimal: o.quote, Currency: o.symbol}},
		{Label: v.Say("network"), Value: chainOf(o.chain).name},
		{Label: v.Say("address"), Value: o.address, Code: true},
	}
	if o.settled != nil {
		facts = append(facts, page.Fact{Label: v.Say("received"), Amount: page.Amount{Decimal: o.paidIn.decimal(o.settled), Currency: o.paidIn.symbol}})
	}
	status := "PENDING"
	missing := o.token.decimal(o.missing())
	forms := []page.Form{{
		Fields:  []page.Field{{Name: "sum", Label: v.Say("sum"), Value: missing, Unit: symbol}},
		Buttons: []page.Button{{Value: sendSum, Label: v.Say("send")}},
	}}
	tests := page.Form{Test: true, Buttons: []page.Button{
		{Value: Under, Label: v.Say("under"), Icon: "clock"}, {Value: Over, Label: v.Say("over"), Icon: "check"},
		{Value: Much, Label: v.Say("much"), Icon: "help"}, {Value: Fail, Label: v.Say("fail"), Icon: "cross"},
	}}
	if o.status == partly { // the token stays, and percentages are of an order that has received nothing
		status, tests.Buttons = "PARTLY", tests.Buttons[3:]
	} else {
		forms = append(forms, p.tokens(v, o))
	}
	forms = append(forms, tests)
	return page.Ask{
		Status: status, Amount: page.Amount{Decimal: missing, Currency: symbol}, Facts: facts, Expires: o.expires, QR: o.address,
		Forms: forms, ReturnURL: o.returnURL,
	}
}

// tokens returns the choice of tokens to pay in.
func (p *Provider) tokens(v *page.Visit, o *order) page.Form {
	field := page.Field{Name: "method", Label: v.Say("token"), Value: methodOf(o.token)}
	for i := range tokens {
		t := &tokens[i]
		field.Options = append(field.Options, page.Option{Value: methodOf(t), Label: t.symbol, Note: chainOf(t.chain).name})
	}
	return page.Form{Fields: []page.Field{field}, Buttons: []page.Button{{Value: chooseToken, Label: v.Say("change")}}}
}

func methodOf(t *token) string { return strconv.Itoa(t.chain) + "-" + strconv.Itoa(t.id) }

// states are the result pages of orders that are not open.
var states = map[int]string{paid: "paid", inBlock: "processing", failed: "expired", refunded: "refunded"}

func (p *Provider) result(v *page.Visit, o *order) page.Result {
	out := v.Result(states[o.status])
	if o.status == refunded {
		out.Tone, out.Icon = "calm", "release"
	}
	out.Status, out.ReturnURL = strings.ToUpper(states[o.status]), o.returnURL
	if o.settled != nil {
		out.Amount = page.Amount{Decimal: o.paidIn.decimal(o.settled), Currency: o.paidIn.symbol}
		out.Facts = []page.Fact{{Label: v.Say("price"), Amount: page.Amount{Decimal: o.quote, Currency: o.symbol}}}
	}
	out.Message = page.Message{Outcome: states[o.status], ResultCode: map[int]string{paid: "9000", inBlock: "8000"}[o.status]}
	if out.Message.ResultCode == "" {
		out.Message.ResultCode = "4000"
	}
	return out
}

// console is the operator's page of one refund.
func (p *Provider) console(v *page.Visit) (page.View, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, _ := strconv.Atoi(v.Query("id"))
	r := p.refundBy(id)
	if r == nil {
		return nil, page.ErrNotFound
	}
	now := p.cfg.Now()
	p.passRefund(r, now)
	waits := r.status == refundWaiting || r.status == refundReviewed
	if v.Posted() && waits {
		verdict, known := verdicts[v.Form("outcome")]
		if !known {
			return nil, page.ErrForm
		}
		if verdict.Approve {
			verdict.Amount = v.Form("sum")
		}
		if err := p.decide(r, verdict, now); err != nil {
			return nil, page.ErrForm
		}
		waits = r.status == refundReviewed
	}
	if waits {
		return r.prompt(v, p.cfg.Merchant), nil
	}
	return r.result(v), nil
}

var verdicts = map[string]Verdict{
	"approve": {Approve: true}, "reject": {}, "review": {Review: true}, "break": {Approve: true, Fails: true},
}

func (r *refund) prompt(v *page.Visit, merchant string) page.Ask {
	t := r.order.paidIn
	return page.Ask{
		Status: "WAITING", Merchant: merchant, Before: v.Say("refundOf"), Amount: r.amount(r.units),
		Facts: []page.Fact{
			{Label: v.Say("order"), Value: r.order.trade, Code: true}, {Label: v.Say("refund"), Value: strconv.Itoa(r.id), Code: true},
			{Label: v.Say("received"), Amount: r.amount(r.order.settled)}, {Label: v.Say("address"), Value: r.address, Code: true},
		},
		Forms: []page.Form{
			{
				Fields: []page.Field{{Name: "sum", Label: v.Say("refundSum"), Value: t.decimal(r.units), Unit: t.symbol}},
				Buttons: []page.Button{
					{Value: "approve", Label: v.Say("approve")}, {Value: "reject", Label: v.Say("reject")},
				},
			},
			{Test: true, Fields: nil, Buttons: []page.Button{{Value: "review", Label: v.Say("review"), Icon: "clock"}}},
		},
	}
}

func (r *refund) amount(units *big.Int) page.Amount {
	return page.Amount{Decimal: r.order.paidIn.decimal(units), Currency: r.order.paidIn.symbol}
}

// refundStates are the names of a refund's result pages.
var refundStates = map[int]string{refundDone: "refundDone", refundInBlock: "refundInBlock", refundFailed: "refundFailed", refundRejected: "refundRejected"}

func (r *refund) result(v *page.Visit) page.Result {
	name := refundStates[r.status]
	out := v.Result(name)
	out.Tone, out.Icon = "good", "check"
	switch r.status {
	case refundInBlock:
		out.Tone, out.Icon = "busy", "clock"
	case refundFailed, refundRejected:
		out.Tone, out.Icon = "bad", "cross"
	}
	out.Status, out.Amount = strings.ToUpper(name), r.amount(r.units)
	out.Facts = []page.Fact{{Label: v.Say("order"), Value: r.order.trade, Code: true}}
	out.Message = page.Message{Type: "minitill:refund", Outcome: name}
	return out
}
