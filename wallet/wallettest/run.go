package wallettest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

// question is one property that every wallet is tested for, and the reason.
type question struct {
	name string
	why  string
	test func(*trial)
}

// Run tests the harness's wallet. Each question is a subtest.
func Run(t *testing.T, harness Harness) {
	t.Helper()
	var all []question
	for _, about := range [][]question{
		creation, failures, restrictions, choices, queries, strays, pace, cancels, holds, refunds, inconclusive, names, payers, agreements, notifications, news, replies,
	} {
		all = append(all, about...)
	}
	for _, q := range all {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			a := &trial{T: t, Subject: harness(t).withDefaults(), why: q.why, booked: map[string]wallet.RefundBooks{}}
			a.secretsStayIn()
			q.test(a)
			a.secretsStayIn()
		})
	}
}

// trial is a subject in the test of one question.
type trial struct {
	*testing.T
	*Subject
	why    string
	booked map[string]wallet.RefundBooks // the till's own sums, by the refund's request ID
}

// wrong fails the question with what was tested, and why.
func (a *trial) wrong(format string, args ...any) {
	a.Helper()
	a.Errorf("%s\n  reason: %s", fmt.Sprintf(format, args...), a.why)
}

// must stops the question on an error that leaves nothing to test.
func (a *trial) must(err error, doing string) {
	a.Helper()
	a.searchSecrets(err)
	if err != nil {
		a.Fatalf("%s: got %v, want no error\n  reason: %s", doing, err, a.why)
	}
}

// can skips the question with a message where the provider cannot do this.
func (a *trial) can(err error, doing string) {
	a.Helper()
	if errors.Is(err, errors.ErrUnsupported) {
		a.Skipf("the provider cannot %s", doing)
	}
	a.must(err, doing)
}

// isKind checks an error's kind, which may be any of several.
func (a *trial) isKind(err error, doing string, kinds ...fault.Kind) {
	a.Helper()
	a.searchSecrets(err)
	for _, kind := range kinds {
		if err != nil && fault.KindOf(err) == kind {
			return
		}
	}
	a.wrong("%s: got %v (kind %s), want %v", doing, err, fault.KindOf(err), kinds)
}

// searchSecrets searches an error for secrets.
func (a *trial) searchSecrets(err error) {
	a.Helper()
	if err == nil {
		return
	}
	f := fault.Of(err)
	a.holdsNoSecret("an error", fmt.Sprintf("%v %+v %#v %s %s", err, err, f, f.Detail, f.Code))
}

func (a *trial) secretsStayIn() {
	a.Helper()
	a.holdsNoSecret("the log", a.Log.String())
	a.holdsNoSecret("the printed wallet", fmt.Sprintf("%v %+v %#v", a.Wallet, a.Wallet, a.Wallet))
}

func (a *trial) holdsNoSecret(where, text string) {
	a.Helper()
	for _, secret := range a.Secrets {
		if strings.Contains(text, secret) {
			a.Errorf("a secret stands in %s; a secret that is printed once must be changed everywhere", where)
		}
	}
}

// capability returns a capability or skips the question with a message.
func capability[C any](a *trial) C {
	a.Helper()
	c, ok := wallet.As[C](a.Wallet)
	if !ok {
		a.Skipf("the wallet does not implement %v", reflect.TypeFor[C]())
	}
	return c
}

// farSide returns what only some providers can do, or skips the question with a message.
func farSide[C any](a *trial) C {
	a.Helper()
	c, ok := a.Provider.(C)
	if !ok {
		a.Skipf("the Provider does not implement %v", reflect.TypeFor[C]())
	}
	return c
}

var serial atomic.Uint64

// requestID returns 27 characters of [0-9A-Z], never used before.
func requestID() string {
	return fmt.Sprintf("WT%015d%010d", time.Now().UnixMilli(), serial.Add(1))
}

// money returns an amount in the subject's first currency.
func (s *Subject) money(minor int64) wallet.Money {
	return wallet.Money{Minor: minor, Currency: s.Currencies[0]}
}

// request returns a new request for a payment.
func (s *Subject) request(amount wallet.Money) wallet.PaymentRequest {
	id := requestID()
	return wallet.PaymentRequest{
		RequestID: id, Order: "ord_" + id, Amount: amount, Description: "Tea & cake, “two”",
		Channel: wallet.MiniProgram, ExpiresAt: s.Now().Add(15 * time.Minute),
		ReturnURL: "https://merchant.example/return/ord_1?x=1&y=2", NotifyURL: s.NotifyURL,
		Payer: wallet.Payer{ID: "payer-1"},
		Items: []wallet.Item{{SKU: "tea", Name: "Tea", Quantity: 1, Amount: amount}},
	}
}

// create opens a payment, and chooses a method where the wallet demands it.
func (a *trial) create(req wallet.PaymentRequest) wallet.Payment {
	a.Helper()
	payment, err := a.Wallet.CreatePayment(a.Context(), req)
	a.must(err, "CreatePayment")
	a.canBeWritten(payment)
	return a.chosen(payment)
}

func (a *trial) chosen(payment wallet.Payment) wallet.Payment {
	a.Helper()
	chooser, ok := wallet.As[wallet.Chooser](a.Wallet)
	if !ok || payment.Action == nil || payment.Action.Type != wallet.ActionChooseMethod {
		return payment
	}
	chosen, err := chooser.ChoosePayment(a.Context(), wallet.ChooseRequest{Payment: payment.Ref, Method: payment.Action.Methods[0].ID})
	a.must(err, "ChoosePayment")
	return chosen
}

// paid opens a payment and makes the payer pay it.
func (a *trial) paid(req wallet.PaymentRequest) wallet.Payment {
	a.Helper()
	payment := a.create(req)
	a.settle(payment.Ref, Pay)
	return payment
}

func (a *trial) settle(ref wallet.Ref, outcome Outcome) {
	a.Helper()
	a.can(a.Provider.Settle(a.Context(), ref, outcome), string(outcome))
}

func (a *trial) books(ref wallet.Ref) Books {
	a.Helper()
	books, err := a.Provider.Books(a.Context(), ref)
	a.can(err, "open its books")
	return books
}

// query sends a status query, where the wallet is a Querier.
func (a *trial) query(ref wallet.Ref) (wallet.Payment, bool) {
	a.Helper()
	querier, ok := wallet.As[wallet.Querier](a.Wallet)
	if !ok {
		return wallet.Payment{}, false
	}
	payment, err := querier.QueryPayment(a.Context(), ref)
	a.must(err, "QueryPayment")
	a.canBeWritten(payment)
	return payment, true
}

// canBeWritten checks that what an adapter returned can be stored: a time outside the years 1
// to 9999 cannot, and neither can an amount in an unknown currency.
func (a *trial) canBeWritten(v any) {
	a.Helper()
	if _, err := json.Marshal(v); err != nil {
		a.wrong("what the adapter returned cannot be written as JSON: %v", err)
	}
}

// sameMoney compares amounts; a wallet that does not report one passes.
func (a *trial) sameMoney(what string, got, want wallet.Money) {
	a.Helper()
	if got != (wallet.Money{}) && got != want {
		a.wrong("%s: got %s, want %s", what, got, want)
	}
}

// Context returns the test's context with a deadline that no question comes near.
func (a *trial) Context() context.Context {
	ctx, cancel := context.WithTimeout(a.T.Context(), time.Minute)
	a.Cleanup(cancel)
	return ctx
}
