package tilltest_test

import (
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/minitill/minitill/internal/tilltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAPaymentGoesThroughTheWholeWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := tilltest.New(t)
		order, session := w.Order()
		w.Pay(order)
		payer := w.Send("GET", "/miniapp/v1/orders/"+string(order.ID), "", "Authorization", session).Want(200)
		if status := tilltest.At(payer, "order", "status"); status != "paid" {
			t.Errorf("the payer reads %v, want paid", status)
		}
		if status := w.Send("GET", "/v1/orders/"+string(order.ID), "", "Authorization", w.Key).Want(200)["status"]; status != "paid" {
			t.Errorf("the merchant reads %v, want paid", status)
		}
	})
}
