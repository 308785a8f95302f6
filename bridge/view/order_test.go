package view_test

import (
	"testing"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/wallet"
)

func TestTheMerchantSeesTheFeeOfARefund(t *testing.T) {
	fee := wallet.Money{Minor: 7, Currency: "USD"}
	o := bridge.Order{
		ID: "ord_01JZZZZZZZZZZZZZZZZZZZZZZZ", Amount: wallet.Money{Minor: 1234, Currency: "USD"},
		Payments: []bridge.Payment{{Number: 1, Status: wallet.Paid, Paid: 1234}},
		Refunds:  []bridge.Refund{{Number: 1, Payment: 1, Status: wallet.RefundSucceeded, Amount: 200, Fee: fee}},
	}
	if got := view.NewOrder(&o, view.ForMerchant).Refunds[0]; got.Fee == nil || *got.Fee != fee {
		t.Errorf("the merchant sees the fee %v, want 0.07 USD", got.Fee)
	}
}
