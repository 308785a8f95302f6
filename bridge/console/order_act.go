package console

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/engine"
	"github.com/minitill/minitill/bridge/input"
	"github.com/minitill/minitill/bridge/problem"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// operation is an operation of the engine under the key of a form.
type operation func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error)

// operate runs an operation on the page's order and shows the order again. The form's key
// makes it happen once, and its version makes it happen to the order that was shown.
func (p *page) operate(name operator.Action, done, reason string, run operation) error {
	once, version, err := p.formKey()
	if err != nil {
		return p.showOrder(0, false, err)
	}
	err = p.act(action{name, p.app.Name, p.subject(), reason}, func(ctx context.Context) error {
		outcome, err := run(engine.WithVersion(ctx, version), p.order.ID, once)
		if err == nil {
			err = refusalIn(outcome.Answer)
		}
		return err
	})
	if err != nil {
		if p.order, err = p.orderAfter(err); err != nil {
			return p.showOrder(0, false, err)
		}
	}
	return p.seeOther(p.url("orders/"+string(p.order.ID), "done", cmp.Or(p.done, done)))
}

// orderAfter reads the order again, to be shown with why its operation failed.
func (p *page) orderAfter(failure error) (bridge.Order, error) {
	order, err := p.engine.Order(p.r.Context(), p.order.ID)
	if err != nil {
		return p.order, failure
	}
	return order, failure
}

// formKey is the idempotency key of a form and the version of the order that it shows.
//
// Faults: Invalid.
func (p *page) formKey() (*once, int64, error) {
	key := p.r.PostFormValue("key")
	version, err := strconv.ParseInt(p.r.PostFormValue("version"), 10, 64)
	if err != nil || key == "" || len(key) > input.MaxParameter {
		return nil, 0, invalid("key", "is missing; open the order again")
	}
	o := &once{Scope: "console/" + p.app.Name, Key: key, Digest: p.formDigest()}
	o.Render = func(_ bridge.Order, err error) bridge.Answer { return answerOf(err) }
	return o, version, nil
}

// formDigest is what the form requests.
func (p *page) formDigest() [32]byte {
	h := sha256.New()
	h.Write([]byte(p.r.URL.Path + "\x00" + p.r.PostForm.Encode()))
	return [32]byte(h.Sum(nil))
}

// answerOf is the answer that is kept with a form's key: empty, or the problem of a refusal.
func answerOf(err error) bridge.Answer {
	if err == nil {
		return bridge.Answer{Status: http.StatusOK}
	}
	d := problem.Of(err, "", "")
	return bridge.Answer{Status: d.Status, Body: d.JSON()}
}

// refusalIn returns the refusal of an answer that was kept; nil when it is none.
func refusalIn(a *bridge.Answer) error {
	if a == nil || a.Status < http.StatusBadRequest {
		return nil
	}
	var d problem.Document
	if err := json.Unmarshal(a.Body, &d); err != nil {
		return fault.Wrap(fault.Internal, "console.refusalIn", err)
	}
	return &fault.Error{Kind: fault.Declined, Op: "console", Code: d.WalletCode, Detail: d.Detail}
}

func refreshOrder(p *page) error {
	return p.operate(operator.Refresh, "refresh", "", func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error) {
		return p.engine.Repeatable(ctx, id, once, func(ctx context.Context) (bridge.Order, error) { return p.engine.Refresh(ctx, id) })
	})
}

// decide is operate for an action that requires a reason.
func (p *page) decide(name operator.Action, done string, run operation) error {
	reason, err := p.reason(maxReason)
	if err != nil {
		return p.showOrder(0, false, err)
	}
	return p.operate(name, done, reason, run)
}

func cancelOrder(p *page) error {
	return p.decide(operator.Cancel, "cancel", func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error) {
		return p.engine.Repeatable(ctx, id, once, func(ctx context.Context) (bridge.Order, error) {
			return p.engine.Cancel(ctx, id, bridge.FromOperator)
		})
	})
}

func captureOrder(p *page) error {
	amount, err := p.amount()
	if err != nil {
		return p.showOrder(0, false, err)
	}
	return p.decide(operator.Capture, "capture", func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error) {
		return p.engine.Capture(ctx, id, engine.CaptureRequest{Amount: amount, Source: bridge.FromOperator}, once)
	})
}

func voidOrder(p *page) error {
	return p.decide(operator.Void, "void", func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error) {
		return p.engine.Void(ctx, id, bridge.FromOperator, once)
	})
}

// refundOrder refunds an amount of a payment. The form proposes what is left, so that an
// empty amount is a mistake and not everything.
func refundOrder(p *page) error {
	amount, err := p.amount()
	if err == nil && !amount.Positive() {
		err = invalid("amount", "is required")
	}
	if err != nil {
		return p.showOrder(0, false, err)
	}
	payment, _ := strconv.Atoi(p.r.PostFormValue("payment"))
	return p.decide(operator.Refund, "refund", func(ctx context.Context, id bridge.OrderID, once *once) (outcome, error) {
		req := refund.Request{Amount: amount, Payment: payment, Reason: p.r.PostFormValue("reason"), Source: bridge.FromOperator}
		outcome, err := p.engine.Refund(ctx, id, req, once)
		if err == nil && p.awaits(ctx, id, once) {
			p.done = "requested"
		}
		return outcome, err
	})
}

// amount is the amount of a form in the order's currency; zero when it is empty. Spaces and
// one comma for the point are taken as people write them.
//
// Faults: Invalid.
func (p *page) amount() (wallet.Money, error) {
	text := strings.ReplaceAll(strings.TrimSpace(p.r.PostFormValue("amount")), " ", "")
	if text == "" {
		return wallet.Money{}, nil
	}
	if strings.Count(text, ",") == 1 && !strings.Contains(text, ".") {
		text = strings.Replace(text, ",", ".", 1)
	}
	m, err := wallet.ParseDecimal(p.order.Amount.Currency, text)
	if err != nil || !m.Positive() {
		return wallet.Money{}, invalid("amount", "is not an amount in "+string(p.order.Amount.Currency)+" that is more than zero")
	}
	return m, nil
}

// revealOrder shows personal data and messages, which is recorded.
func revealOrder(p *page) error {
	var v *orderPage
	err := p.act(action{operator.SeePersonal, p.app.Name, string(p.order.ID), ""}, func(context.Context) (err error) {
		v, err = p.orderPage(true)
		return err
	})
	if err != nil {
		return err
	}
	return p.show(http.StatusOK, "order", "Order "+string(p.order.ID), v)
}
