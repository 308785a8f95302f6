package miniprogram_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/testdata"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/miniprogram"
	"github.com/minitill/minitill/wallet/miniprogram/simulator"
)

// pinned is a store of pins that counts its calls and can be down.
type pinned struct {
	mu            sync.Mutex
	names         []string
	reads, writes int
	down          bool

	arrived, release chan struct{} // a read says that it has begun, and waits; nil: it does not
}

var errDown = fault.New(fault.Unavailable, "pinned", "The database is down.")

func (p *pinned) Pinned(_ context.Context, names ...string) (bool, error) {
	if p.arrived != nil {
		p.arrived <- struct{}{}
		<-p.release
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reads++
	if p.down {
		return false, errDown
	}
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(p.names, name) }), nil
}

func (p *pinned) Pin(_ context.Context, names ...string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	if p.down {
		return errDown
	}
	p.names = append(p.names, names...)
	return nil
}

// gateway is a provider that signs or does not, and the nodes that call it over one store.
type gateway struct {
	*stand
	t      *testing.T
	clock  *shifted
	store  *pinned
	orders int
}

func newGateway(t *testing.T) *gateway {
	g := &gateway{t: t, clock: new(shifted), store: new(pinned)}
	g.stand = open(t, "superqi", func(_ *miniprogram.Config, far *simulator.Config) { far.Now = g.clock.Now })
	return g
}

// node starts another process with the settings, changed.
func (g *gateway) node(change ...func(*miniprogram.Config)) wallet.Wallet {
	g.t.Helper()
	c := g.settings
	for _, f := range change {
		f(&c)
	}
	return openWallet(g.t, c, wallet.Env{Name: "superqi", HTTP: g.line.Client(), Log: g.log.Logger(), Now: g.clock.Now, Pins: g.store})
}

// signs requires a node to accept an answer with a signature, takes one without, and refuses
// requires one without to be no answer.
func (g *gateway) signs(node wallet.Wallet) { g.t.Helper(); g.wants(node, "", true) }
func (g *gateway) takes(node wallet.Wallet) {
	g.t.Helper()
	g.wants(node, simulator.UnsignedAnswer, true)
}
func (g *gateway) refuses(node wallet.Wallet) {
	g.t.Helper()
	g.wants(node, simulator.UnsignedAnswer, false)
}

func (g *gateway) wants(node wallet.Wallet, fault simulator.Fault, accepted bool) {
	g.t.Helper()
	g.answer(fault)
	g.orders++
	_, err := node.CreatePayment(g.t.Context(), soon(fmt.Sprintf("PIN%d", g.orders), "IQD"))
	if (err == nil) != accepted || err != nil && !isUnknown(err) {
		g.t.Errorf("answer %d, %q: got %v, want it accepted: %v", g.orders, fault, err, accepted)
	}
}

// answer has the provider answer with a fault from now on.
func (g *gateway) answer(fault simulator.Fault) {
	g.provider.Clear()
	if fault != "" {
		g.provider.Inject(simulator.Rule{Fault: fault})
	}
}

func isUnknown(err error) bool { return fault.KindOf(err) == fault.Unknown }

func TestAWalletThatHasSignedMustSignAfterARestartToo(t *testing.T) {
	g := newGateway(t)
	g.takes(g.node())
	g.signs(g.node())
	restarted := g.node()
	g.refuses(restarted)
	g.refuses(restarted)
	g.signs(restarted)
}

// TestTwoUnsignedAnswersAtOnceBothWaitForTheStore: that one of them has begun to read it proves
// the other nothing.
func TestTwoUnsignedAnswersAtOnceBothWaitForTheStore(t *testing.T) {
	g := newGateway(t)
	g.signs(g.node())
	g.answer(simulator.UnsignedAnswer)
	g.store.arrived, g.store.release = make(chan struct{}), make(chan struct{})
	restarted, answered := g.node(), make(chan error)
	for i := range 2 {
		go func() {
			_, err := restarted.CreatePayment(t.Context(), soon(fmt.Sprintf("BOTH%d", i), "IQD"))
			answered <- err
		}()
		select {
		case <-g.store.arrived:
		case err := <-answered:
			t.Fatalf("answer %d did not wait for the store: %v", i, err)
		}
	}
	close(g.store.release)
	for range 2 {
		if err := <-answered; !isUnknown(err) {
			t.Errorf("got %v, want unknown", err)
		}
	}
}

func TestThatAWalletSignsIsStoredOnce(t *testing.T) {
	g := newGateway(t)
	node := g.node()
	for range 3 {
		g.signs(node)
	}
	g.clock.Advance(2 * time.Minute)
	g.signs(node)
	g.refuses(node)
	if g.store.writes != 1 || g.store.reads != 0 {
		t.Errorf("got %d writes and %d reads, want one write", g.store.writes, g.store.reads)
	}
}

func TestANodeLearnsWithinAMinuteThatAnotherSawASignature(t *testing.T) {
	g := newGateway(t)
	one, other := g.node(), g.node()
	for range 3 {
		g.takes(other)
	}
	if g.store.reads != 1 {
		t.Errorf("three unsigned answers read the store %d times, want once", g.store.reads)
	}
	g.signs(one)
	g.clock.Advance(time.Minute)
	g.refuses(other)
}

func TestAnUnsignedAnswerIsRefusedWhileTheStoreIsDown(t *testing.T) {
	g := newGateway(t)
	node := g.node()
	g.store.down = true
	g.refuses(node)
	g.refuses(node)
	g.store.down = false
	g.takes(node)
}

func TestASignedAnswerCountsThoughItCannotBeStored(t *testing.T) {
	g := newGateway(t)
	node := g.node()
	g.store.down = true
	g.signs(node)
	g.signs(node)
	g.refuses(node)
	if g.store.writes != 1 || !strings.Contains(g.log.String(), "could not be stored") {
		t.Errorf("got %d writes in a minute, and the log %s", g.store.writes, g.log)
	}
	g.store.down = false
	g.clock.Advance(time.Minute)
	g.signs(node)
	g.refuses(g.node())
}

// TestWhatIsKnownOfAWalletBelongsToItsAddressAndKey and goes from one key to the next where
// they overlap.
func TestWhatIsKnownOfAWalletBelongsToItsAddressAndKey(t *testing.T) {
	g := newGateway(t)
	g.signs(g.node())
	old, next := g.settings.WalletKeys[0], miniprogram.WalletKey{Version: new(2), Key: testdata.Key(t, "redotpay_test_public.b64")}
	both := func(c *miniprogram.Config) { c.WalletKeys = []miniprogram.WalletKey{old, next} }
	later := func(c *miniprogram.Config) { c.WalletKeys = []miniprogram.WalletKey{next} }
	g.takes(g.node(later))
	g.takes(g.node(func(c *miniprogram.Config) { c.BaseURL = strings.Replace(c.BaseURL, "127.0.0.1", "localhost", 1) }))
	g.refuses(g.node(both))
	g.signs(g.node(both))
	g.refuses(g.node(later))
}

func TestVerifyAnswerOffAcceptsUnsignedAnswers(t *testing.T) {
	g := newGateway(t)
	g.signs(g.node())
	for policy, want := range map[miniprogram.Policy]bool{miniprogram.Off: true, miniprogram.IfPresent: false, miniprogram.Required: false} {
		g.wants(g.node(func(c *miniprogram.Config) { c.Overrides.VerifyAnswer = &policy }), simulator.UnsignedAnswer, want)
	}
}

func TestAWalletThatAlwaysSignsStoresNothing(t *testing.T) {
	g := newGateway(t)
	required := miniprogram.Required
	node := g.node(func(c *miniprogram.Config) { c.Overrides.VerifyAnswer = &required })
	g.signs(node)
	g.refuses(node)
	if g.store.writes+g.store.reads != 0 {
		t.Errorf("got %d writes and %d reads, want none", g.store.writes, g.store.reads)
	}
}
