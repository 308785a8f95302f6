package scripted_test

import (
	"testing"
)

func TestTwoSwitchesAtOnceOpenOnePayment(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.alpha.plan("cancel", while(func() {
		if _, err := w.pay(o.ID, "beta", nil); err != nil {
			t.Error(err)
		}
	}))
	if _, err := w.pay(o.ID, "beta", nil); err != nil {
		t.Error(err)
	}
	if n := w.beta.called("create"); n != 1 || len(w.order(o.ID).Payments) != 2 {
		t.Errorf("the order has %d payments, %d of them requested at the second wallet; want 2 and 1", len(w.order(o.ID).Payments), n)
	}
}

func TestARefusalOfASwitchThatAnotherBeganDoesNotEndItsPayment(t *testing.T) {
	w := newTill(t)
	o := w.create()
	w.beta.plan("create", lost, refusedFirst)
	w.alpha.plan("cancel", while(func() { _, _ = w.pay(o.ID, "beta", nil) }))
	_, err := w.pay(o.ID, "beta", nil)
	if p := w.order(o.ID).Payments[1]; !p.Open() {
		t.Errorf("the payment that beta opened is %s after %d calls, %v; want it open, since its first call may have been executed", p.Status, w.beta.called("create"), err)
	}
}
