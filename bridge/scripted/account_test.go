// Package scripted_test runs the engine on the memory store beside wallets whose next
// answer a test writes down: executed or not, answered or lost, and what else happens
// while the call is under way.
package scripted_test

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// lag is how long the wallets' queries may lag.
const lag = 5 * time.Minute

// account is what happened at a wallet that can do everything.
type account struct {
	name     string
	mu       sync.Mutex
	payments map[string]*wallet.Payment // by request id
	refunds  map[string]*wallet.Refund  // by request id
	calls    map[string]int             // by name of the call
	next     map[string][]answer        // instead of what would be true
	upcoming wallet.Notification        // what the next delivery contains
	replied  []error                    // what deliveries were answered with
}

// answer is what one call does instead of succeeding.
type answer struct {
	executes bool
	err      error
	during   func() // runs while the call is under way
}

var (
	lost         = answer{executes: true, err: fault.New(fault.Unknown, "test", "No answer came.")}
	lostBefore   = answer{err: fault.New(fault.Unknown, "test", "No answer came.")}
	refusedFirst = answer{err: fault.New(fault.Declined, "test", "The wallet refuses.")}
	inConflict   = answer{err: fault.New(fault.Conflict, "test", "The state does not allow this.")}
	lagging      = answer{err: fault.New(fault.NotFound, "test", "The wallet knows no such thing.")}
)

// while is a call that succeeds, with something that happens meanwhile.
func while(during func()) answer { return answer{executes: true, during: during} }

func newAccount(name string) *account {
	return &account{
		name: name, payments: map[string]*wallet.Payment{}, refunds: map[string]*wallet.Refund{},
		calls: map[string]int{}, next: map[string][]answer{},
	}
}

// plan describes what the next calls of a name do.
func (a *account) plan(call string, answers ...answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next[call] = append(a.next[call], answers...)
}

func (a *account) called(call string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.calls[call]
}

// begin counts a call and takes what was planned for it.
func (a *account) begin(call string) answer {
	a.mu.Lock()
	a.calls[call]++
	planned := answer{executes: true}
	if list := a.next[call]; len(list) > 0 {
		planned, a.next[call] = list[0], list[1:]
	}
	a.mu.Unlock()
	if planned.during != nil {
		planned.during()
	}
	return planned
}

// set moves a payment on at the wallet.
func (a *account) set(request string, status wallet.Status) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.payments[request].Status = status
}

func (a *account) payment(op, call string, ref wallet.Ref, execute func(p *wallet.Payment)) (wallet.Payment, error) {
	planned := a.begin(call)
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.payments[ref.RequestID]
	if p == nil {
		return wallet.Payment{}, fault.New(fault.NotFound, op, "The wallet knows no such payment.")
	}
	if planned.executes {
		execute(p)
	}
	return *p, planned.err
}

func (a *account) CreatePayment(_ context.Context, req wallet.PaymentRequest) (wallet.Payment, error) {
	planned := a.begin("create")
	a.mu.Lock()
	defer a.mu.Unlock()
	if planned.executes && a.payments[req.RequestID] == nil {
		id := a.name + "-" + strconv.Itoa(len(a.payments)+1)
		a.payments[req.RequestID] = &wallet.Payment{
			Ref: wallet.Ref{RequestID: req.RequestID, PaymentID: id}, Status: wallet.Pending, Amount: req.Amount,
			Action: &wallet.Action{Type: wallet.ActionPaymentURL, PaymentURL: "https://wallet.test/" + id},
		}
	}
	if planned.err != nil {
		return wallet.Payment{}, planned.err
	}
	return *a.payments[req.RequestID], nil
}

func (a *account) QueryPayment(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return a.payment("test.QueryPayment", "query", ref, func(*wallet.Payment) {})
}

func (a *account) Cancel(_ context.Context, ref wallet.Ref) (wallet.Payment, error) {
	return a.payment("test.Cancel", "cancel", ref, func(p *wallet.Payment) {
		if p.Status == wallet.Pending {
			p.Status = wallet.Canceled
		}
	})
}

func (a *account) Capture(_ context.Context, req wallet.CaptureRequest) (wallet.Payment, error) {
	return a.payment("test.Capture", "capture", req.Payment, func(p *wallet.Payment) {
		p.Status, p.Captured = wallet.Paid, req.Amount
	})
}

func (a *account) Void(_ context.Context, req wallet.VoidRequest) (wallet.Payment, error) {
	return a.payment("test.Void", "void", req.Payment, func(p *wallet.Payment) { p.Status = wallet.Voided })
}

func (a *account) Refund(_ context.Context, req wallet.RefundRequest) (wallet.Refund, error) {
	planned := a.begin("refund")
	a.mu.Lock()
	defer a.mu.Unlock()
	if planned.executes && a.refunds[req.RequestID] == nil {
		a.refunds[req.RequestID] = &wallet.Refund{
			RefundRef: wallet.RefundRef{RequestID: req.RequestID, RefundID: a.name + "-r" + strconv.Itoa(len(a.refunds)+1), Payment: req.Payment},
			Status:    wallet.RefundSucceeded, Amount: req.Amount,
		}
	}
	if planned.err != nil {
		return wallet.Refund{}, planned.err
	}
	return *a.refunds[req.RequestID], nil
}

func (a *account) QueryRefund(_ context.Context, ref wallet.RefundRef) (wallet.Refund, error) {
	planned := a.begin("queryRefund")
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.refunds[ref.RequestID]
	switch {
	case planned.err != nil:
		return wallet.Refund{}, planned.err
	case r == nil:
		return wallet.Refund{}, fault.New(fault.NotFound, "test.QueryRefund", "The wallet knows no such refund.")
	}
	return *r, nil
}

func (a *account) Pace() wallet.Pace { return wallet.Pace{Lag: lag} }

func (a *account) ParseNotification(context.Context, wallet.Delivery) (wallet.Notification, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.upcoming
	n.Events = slices.Clone(n.Events)
	return n, nil
}

func (a *account) Reply(_ wallet.Delivery, err error) wallet.Reply {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.replied = append(a.replied, err)
	return wallet.Reply{Status: http.StatusOK}
}

// mute is a wallet that has no status query and cannot close a payment.
type mute struct {
	wallet.Wallet
	wallet.Notifier
	wallet.Capturer
	wallet.Voider
	wallet.Refunder
}

// queryable is a wallet that has a status query and cannot close a payment.
type queryable struct {
	mute
	wallet.Querier
	wallet.RefundQuerier
	wallet.Paced
}

func (a *account) mute() wallet.Wallet { return mute{a, a, a, a, a} }

func (a *account) withoutCancel() wallet.Wallet { return queryable{mute{a, a, a, a, a}, a, a, a} }
