package engine_test

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/refund"
	"github.com/minitill/minitill/bridge/resolution"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/payprotocol"
	"github.com/minitill/minitill/wallet/payprotocol/simulator"
)

// TestEveryOrderEndsAtPayProtocol lets orders live at a provider whose payers send too
// little, too much and too late, whose operator decides about refunds, and whose calls and
// callbacks fail in every way that its simulator has.
func TestEveryOrderEndsAtPayProtocol(t *testing.T) {
	for i, of := range []struct {
		name     string
		currency wallet.Currency
		chain    int64
	}{{"a token of 6 decimals", "USDT", 136}, {"a token of 18 decimals", "USDT", 56}, {"money", "CNY", 136}} {
		t.Run(of.name, func(t *testing.T) {
			for _, seed := range stormSeeds(uint64(i + 1)) {
				newPayStorm(t, of.currency, of.chain, seed).lasts()
			}
		})
	}
}

// Two nodes over one store serve the same orders, query them at once and are notified in
// turns. What one of them has requested, the other does not request again.
func TestTwoNodesCallPayProtocolOnce(t *testing.T) {
	for _, seed := range stormSeeds(1) {
		p := newPayStorm(t, "USDT", 136, seed)
		p.join(10 * time.Second)
		p.lasts()
	}
}

// lasts is the whole storm, and what has to be true after it.
func (p *payStorm) lasts() {
	p.rage(payOrders)
	for _, id := range p.orders {
		p.attends(id)
	}
	p.refundedOnce()
}

const payOrders = 40

// payStorm is a storm with a person at the till, who decides about what is not the price.
type payStorm struct {
	*storm
	provider *simulator.Provider
}

func newPayStorm(t *testing.T, currency wallet.Currency, chain int64, seed uint64) *payStorm {
	t.Helper()
	p := &payStorm{}
	secret := signing.NewSecret("a secret for tests, 0123456789")
	p.storm = newStorm(t, "payprotocol", currency, seed, func(at site) stormy {
		var err error
		p.provider, err = simulator.New(simulator.Config{
			PublicURL: at.base, APIKey: "F1R28pRQ", APISecret: secret, Now: at.now, Addresses: 2, Window: 6 * time.Minute,
		})
		if err != nil {
			t.Fatal(err)
		}
		return stormy{
			server: p.provider, calls: payCalls, news: payNews, doubts: payDoubts, notify: simulator.Notify,
			clear: p.provider.Clear, deeds: payDeeds, settle: p.settles, run: p.provider.RunOnce, after: p.after, books: p.books,
			open: func(base string, env wallet.Env) (wallet.Wallet, error) {
				kind := map[int64]string{136: "tron", 56: "evm"}[chain]
				return payprotocol.Config{
					BaseURL: base + "/api/mer", PageURL: base, APIKey: "F1R28pRQ", APISecret: secret, ChainID: chain,
					Contracts: []payprotocol.Contract{{ChainID: chain, Kind: kind, Factory: simulator.Factory, InitCodeHash: simulator.InitCodeHash}},
				}.Open(env)
			},
			inject: func(fault, endpoint string, times, skip int) {
				p.provider.Inject(simulator.Rule{Fault: simulator.Fault(fault), Endpoint: endpoint, Times: times, Skip: skip})
			},
		}
	})
	return p
}

var (
	payCalls = append([]string{"", ""}, faultsOf(
		simulator.CutBefore, simulator.CutAfter, simulator.ServerError, simulator.GarbageAnswer, simulator.UnknownOutcome, simulator.TrafficLimit,
		simulator.Refused, simulator.UnknownStatus, simulator.WrongAmount, simulator.WrongCurrency, simulator.AmountMissing, simulator.AmountHuge,
		simulator.TimeHuge, simulator.StatusText, simulator.StatusMissing, simulator.StatusNull, simulator.NumberAmounts, simulator.NullMembers,
		simulator.HostilePage, simulator.OtherAddress,
	)...)
	payNews = append([]string{"", ""}, faultsOf(
		simulator.LoseNotification, simulator.DoubleNotification, simulator.DelayNotification, simulator.ReorderNotification,
		simulator.ForgeNotification, simulator.UnsignedNotification, simulator.SkewedNotification, simulator.UnknownStatus, simulator.WrongAmount,
		simulator.WrongCurrency, simulator.AmountMissing, simulator.AmountHuge, simulator.TimeHuge, simulator.StatusText, simulator.StatusMissing,
		simulator.StatusNull, simulator.NumberAmounts, simulator.OtherPath, simulator.OtherKey, simulator.OldTimestamp, simulator.CallbackFails,
	)...)
	payDoubts = faultsOf(simulator.RefuseRepeat, simulator.LagQuery, simulator.PartialIsRefunded)
	payDeeds  = []string{
		"pay", "pay", "pay", "pay", "over", "under", "under then pay", "little", "little then repair", "much then repair", "fail", "fail then pay", "leave",
	}
)

func faultsOf(faults ...simulator.Fault) []string {
	list := make([]string, len(faults))
	for i, f := range faults {
		list[i] = string(f)
	}
	return list
}

// settles is what a payer does, in one or two steps.
func (p *payStorm) settles(requestID, deed string) error {
	steps := map[string][]string{
		"under then pay": {simulator.Under, simulator.Pay}, "little then repair": {simulator.Little, simulator.Repair},
		"much then repair": {simulator.Much, simulator.Repair}, "fail then pay": {simulator.Fail, simulator.Pay}, "leave": {},
	}
	does, several := steps[deed]
	if !several {
		does = []string{deed}
	}
	for i, step := range does {
		if i > 0 && p.dice.IntN(2) == 0 {
			p.run(p.Context())
			p.queryAll(time.Duration(p.dice.IntN(4)) * time.Second)
		}
		if err := p.provider.Settle(requestID, step); err != nil {
			return err
		}
	}
	return nil
}

// after is what people do: the operator decides about refunds, the shop requests more, and
// decides about money that is not the price.
func (p *payStorm) after(dice *rand.Rand) {
	quiet := len(p.orders) == stormOrders(payOrders) // no more orders come: everything ends
	verdicts := []simulator.Verdict{{Approve: true}, {Approve: true}, {Approve: true, Amount: "0.5"}, {}, {Approve: true, Fails: true}, {Review: true}}
	if quiet {
		verdicts = verdicts[:5]
	}
	for _, id := range p.provider.OpenRefunds() {
		verdict := verdicts[dice.IntN(len(verdicts))]
		if err := p.provider.DecideRefund(id, verdict); err != nil {
			p.Errorf("refund %s: %v", id, err)
		}
	}
	p.run(p.Context())
	for _, id := range p.orders {
		p.resolves(id)
	}
	if quiet {
		return
	}
	id := p.orders[dice.IntN(len(p.orders))]
	if dice.IntN(3) == 0 { // one is refused, and another one of the order follows
		p.inject("refused", "refund/createRefundOrder", 1, 0)
		p.refunds(id, dice)
		p.queryAll(time.Duration(dice.IntN(4)) * time.Minute)
	}
	p.refunds(id, dice)
}

// refunds sends every node at once a refund of a part of an order.
func (p *payStorm) refunds(id bridge.OrderID, dice *rand.Rand) {
	part := wallet.Money{Minor: 1 + dice.Int64N(p.smallest), Currency: p.currency}
	var all sync.WaitGroup
	for _, node := range p.nodes {
		all.Go(func() {
			_, _ = node.Refund(p.Context(), id, refund.Request{Amount: part, Source: bridge.FromMerchant}, nil)
		})
	}
	all.Wait()
}

// resolves decides about an order that is long over and has money that is not its price.
func (p *payStorm) resolves(id bridge.OrderID) {
	o, err := p.engine.Order(p.Context(), id)
	if err != nil {
		p.Fatal(err)
	}
	if o.OpenPayment() == nil || p.clock.Now().Before(o.ExpiresAt.Add(time.Hour)) {
		return
	}
	for _, why := range []bridge.Attention{bridge.AmountMismatch, bridge.AmountUnknown} {
		if slices.Contains(o.Attention(), why) {
			_, err := p.engine.Resolve(p.Context(), id, resolution.Decision{
				Attention: why, Outcome: resolution.Failed, Note: "not the price", By: "a person", Source: bridge.FromMerchant,
			}, nil)
			if err != nil {
				p.Errorf("%s: %v", id, err)
			}
			return
		}
	}
}

// books are in minor units of the price: what the provider calls captured is the price.
func (p *payStorm) books(requestID string) (captured, refunded int64) {
	b := p.provider.Books(requestID)
	return p.minor(b.Captured), p.minor(b.Returned)
}

// minor is a decimal in minor units, to the nearest one.
func (p *payStorm) minor(decimal string) int64 {
	if decimal == "" {
		return 0
	}
	n, ok := new(big.Rat).SetString(decimal)
	if !ok {
		p.Fatalf("not a number: %q", decimal)
	}
	exponent, _ := p.currency.Exponent()
	n.Mul(n, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil)))
	half := new(big.Rat).SetFrac64(1, 2)
	n.Add(n, half)
	return new(big.Int).Quo(n.Num(), n.Denom()).Int64()
}

// attends requires a person's attention for every order whose money is not its price, and no
// credit for less.
func (p *payStorm) attends(id bridge.OrderID) {
	p.Helper()
	o, err := p.engine.Order(p.Context(), id)
	if err != nil {
		p.Fatal(err)
	}
	for _, payment := range o.Payments {
		b := p.provider.Books(payment.RequestID)
		if b.Settled == "" || b.Settled == "0" || b.Settled == b.Expected {
			continue
		}
		named := slices.ContainsFunc(o.Flags, func(f bridge.Flag) bool {
			return f.Payment == payment.Number && (f.Why == bridge.AmountMismatch || f.Why == bridge.AmountUnknown)
		})
		if !named {
			p.Errorf("%s is %s with %s of %s %s received and no flag about it: %v", id, o.Status, b.Settled, b.Expected, b.Symbol, o.Flags)
		}
	}
}

// refundedOnce requires one refund at the provider for each that we requested.
func (p *payStorm) refundedOnce() {
	p.Helper()
	for _, id := range p.orders {
		o, err := p.engine.Order(p.Context(), id)
		if err != nil {
			p.Fatal(err)
		}
		made := 0
		for _, payment := range o.Payments {
			made += p.provider.Books(payment.RequestID).Refunds
		}
		if made > len(o.Refunds) {
			p.Errorf("%s: the provider has %d refunds, we requested %d", id, made, len(o.Refunds))
		}
	}
}
