package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/view"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// refundsPage is the refunds of an app.
type refundsPage struct {
	Status   string
	Statuses []wallet.RefundStatus
	Refunds  []refundLine
	More     string
	Waiting  []approvalForm // for a second operator; on the first page
}

// refundLine is a refund with what its list shows of the order.
type refundLine struct {
	view.Refund
	Reference string
	Wallet    string
	Code      string // the wallet's own
}

var refundStatuses = []wallet.RefundStatus{wallet.RefundPending, wallet.RefundSucceeded, wallet.RefundFailed}

func showRefunds(p *page) error {
	v := refundsPage{Status: p.r.FormValue("status"), Statuses: refundStatuses}
	if v.Status != "" && !slices.Contains(refundStatuses, wallet.RefundStatus(v.Status)) {
		return invalid("status", "is not a status")
	}
	list, next, err := p.refundLines(p.r.Context(), wallet.RefundStatus(v.Status), p.r.FormValue("after"), pageSize)
	if err != nil {
		return err
	}
	if v.Refunds = list; next != "" {
		v.More = p.url("refunds", "status", v.Status, "after", next)
	}
	if p.r.FormValue("after") == "" {
		if v.Waiting, err = p.waitingRefunds(p.r.Context()); err != nil {
			return err
		}
	}
	return p.show(http.StatusOK, "refunds", "Refunds", v)
}

// refundLines are a page of refunds, and the cursor of the next.
func (p *page) refundLines(ctx context.Context, status wallet.RefundStatus, after string, size int) (lines []refundLine, next string, err error) {
	list, err := p.store.Refunds(ctx, store.RefundQuery{App: p.app.Name, Status: status, Before: after, Limit: size + 1})
	if fault.KindOf(err) == fault.NotFound {
		err = invalid("after", "is not of this list")
	}
	for i := range list[:min(size, len(list))] {
		lines = append(lines, lineOfRefund(&list[i].Order, list[i].Number))
	}
	if len(list) > size {
		next = lines[size-1].ID
	}
	return lines, next, err
}

func lineOfRefund(o *bridge.Order, number int) refundLine {
	r := &o.Refunds[number-1]
	return refundLine{view.NewOrder(o, view.ForMerchant).Refunds[number-1], o.Reference, o.Payment(r.Payment).Wallet, r.Code}
}
