package bridge

import (
	"context"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const (
	resultWait = 3 * time.Second // how long a client waits for the wallet's word
	askPause   = time.Second     // a wallet is asked about an order no more often
)

// Hint is what my.tradePay told the client. It is noted and never believed.
type Hint struct{ Code, Detail string }

// Result takes a client's hint: it asks the wallet how the payment stands and returns
// what is known within three seconds. All who ask at once share one query.
//
// Faults: NotFound.
func (e *Engine) Result(ctx context.Context, id OrderID, hint Hint) (Order, error) {
	order, err := e.store.Order(ctx, id)
	if err != nil || order.Final() {
		return order, err
	}
	done := e.asks.do(id, func() {
		if err := e.refresh(context.WithoutCancel(ctx), order, hint.Code, false); err != nil {
			e.log.Info("the wallet's word is not to be had", "order", id, "fault", err)
		}
	})
	timer := time.NewTimer(resultWait)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
	return e.store.Order(ctx, id)
}

// asks are the queries that clients' hints have set off.
type asks struct {
	mu       sync.Mutex
	of       map[OrderID]chan struct{}
	panicked func(any) // is told of a panic in a query, which ends no process
}

func newAsks(panicked func(any)) *asks {
	return &asks{of: map[OrderID]chan struct{}{}, panicked: panicked}
}

// do runs f for an order unless it runs already or ended less than askPause ago, and
// returns a channel that closes when it has ended.
func (a *asks) do(id OrderID, f func()) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if done := a.of[id]; done != nil {
		return done
	}
	done := make(chan struct{})
	a.of[id] = done
	go func() {
		defer time.AfterFunc(askPause, func() { a.forget(id) })
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				a.panicked(p)
			}
		}()
		f()
	}()
	return done
}

func (a *asks) forget(id OrderID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.of, id)
}

// query asks a wallet how a payment stands.
func query(ctx context.Context, limit time.Duration, t *till, ref wallet.Ref) (wallet.Payment, error) {
	querier, ok := t.Wallet.(wallet.Querier)
	if !ok {
		return wallet.Payment{}, fault.New(fault.Unsupported, "bridge.query", "This wallet cannot be asked.")
	}
	got, err := callFor(ctx, limit, t, func(ctx context.Context) (wallet.Payment, error) {
		return querier.QueryPayment(ctx, ref)
	})
	if err == nil {
		got.RequestID = ref.RequestID
	}
	return got, err
}

// queryRefund asks a wallet how a refund stands.
func queryRefund(ctx context.Context, limit time.Duration, t *till, ref wallet.RefundRef) (wallet.Refund, error) {
	querier, ok := t.Wallet.(wallet.RefundQuerier)
	if !ok {
		return wallet.Refund{}, fault.New(fault.Unsupported, "bridge.queryRefund", "This wallet cannot be asked about refunds.")
	}
	got, err := callFor(ctx, limit, t, func(ctx context.Context) (wallet.Refund, error) {
		return querier.QueryRefund(ctx, ref)
	})
	if err != nil {
		return got, err
	}
	id := got.RefundID
	if id == "" {
		id = ref.RefundID
	}
	got.RefundRef = wallet.RefundRef{RequestID: ref.RequestID, RefundID: id, Payment: ref.Payment}
	return got, nil
}

// SignIn exchanges an auth code for the payer it belongs to.
//
// Faults: NotFound for an unknown wallet; Unsupported when the wallet cannot tell;
// Unauthenticated or Declined when it refuses the code.
func (e *Engine) SignIn(ctx context.Context, walletName, authCode string) (wallet.Payer, error) {
	t := e.wallets[walletName]
	if t == nil {
		return wallet.Payer{}, fault.New(fault.NotFound, "bridge.SignIn", "There is no such wallet.")
	}
	authenticator, ok := t.Wallet.(wallet.Authenticator)
	if !ok {
		return wallet.Payer{}, fault.New(fault.Unsupported, "bridge.SignIn", "This wallet does not tell who the payer is.")
	}
	return call(ctx, e, t, func(ctx context.Context) (wallet.Payer, error) {
		return authenticator.ExchangeAuthCode(ctx, authCode)
	})
}
