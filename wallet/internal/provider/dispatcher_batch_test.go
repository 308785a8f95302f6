package provider_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/wallet/internal/provider"
)

func TestSeveralNoticesForOneURLAreSentInOneMessage(t *testing.T) {
	f := newFar(t)
	f.faults.Inject(provider.Rule{Fault: provider.BatchEvents, Times: 3})
	f.notify("A", "a1")
	f.notify("B", "b1")
	f.Send(&provider.Notice[string]{Box: "C", URL: "https://other.example/n", News: "c1"})
	f.round(0)
	f.notify("A", "a2")
	f.forward(2 * time.Second)
	f.round(4)
	f.wantReceived("a1+a2+b1 c1")
	if all := f.Attempts(); len(all) != 4 || all[0].RequestID != "Ra1" || all[2].RequestID != "Rb1" || all[0].Fault != provider.BatchEvents {
		t.Errorf("got %+v", all)
	}
	if len(f.gone) != 4 || f.Waiting("A")+f.Waiting("B")+f.Waiting("C") != 0 {
		t.Errorf("done: %q", f.gone)
	}
}

func TestWhatIsNotAcknowledgedTogetherIsSentAloneAndInOrder(t *testing.T) {
	f := newFar(t)
	f.faults.Inject(provider.Rule{Fault: provider.BatchEvents, Times: 2})
	f.notify("A", "a1", "a2")
	f.notify("B", "b1")
	f.round(0)
	f.refusing(true)
	f.forward(2 * time.Second)
	f.round(3)
	f.refusing(false)
	f.round(0)
	f.forward(time.Minute)
	f.round(3)
	f.wantReceived("a1+a2+b1 a1 a2 b1")
}

func TestABatchTakesOnlyWhatIsDueForTheSameURL(t *testing.T) {
	f := newFar(t)
	f.faults.Inject(provider.Rule{Fault: provider.BatchEvents, Times: 2})
	f.notify("A", "a1")
	f.notify("B", "b1")
	f.Send(&provider.Notice[string]{Box: "A", URL: shopURL + "2", News: "a2"})
	f.Send(&provider.Notice[string]{Box: "B", URL: shopURL, News: "b2", At: f.now.Add(time.Hour)})
	f.round(0)
	f.forward(2 * time.Second)
	f.round(3)
	f.wantReceived("a1+b1 a2")
	f.forward(time.Hour)
	f.round(1)
	f.wantReceived("a1+b1 a2 b2")
}

func TestABatchWaitsUntilAllOfItIsOnDisk(t *testing.T) {
	failing := true
	f := newFar(t, func(d *provider.Delivery[string]) {
		d.Durable = func(n *provider.Notice[string]) error {
			if failing && n.News == "a2" {
				return errors.New("disk full")
			}
			return nil
		}
	})
	f.faults.Inject(provider.Rule{Fault: provider.BatchEvents, Times: 1})
	f.notify("A", "a1", "a2")
	f.round(0)
	f.forward(2 * time.Second)
	f.round(0)
	f.wantReceived("")
	failing = false
	f.forward(time.Minute)
	f.round(2)
	f.wantReceived("a1 a2")
}

// While a batch is on its way, none of it is sent alone.
func TestABatchUnderWayIsSentOnceOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFar(t, func(d *provider.Delivery[string]) { d.Now = time.Now })
		f.faults.Inject(provider.Rule{Fault: provider.BatchEvents, Times: 2})
		hang, stop := f.hangingRun()
		f.notify("A", "one")
		f.notify("B", "one")
		time.Sleep(3 * time.Second) // synctest's time
		synctest.Wait()
		f.wantReceived("one+one")
		if f.Deliver(t.Context(), "A")+f.Deliver(t.Context(), "B") != 0 {
			t.Error("a notice of the batch was sent alone")
		}
		close(hang)
		synctest.Wait()
		f.wantReceived("one+one")
		if f.Waiting("A")+f.Waiting("B") != 0 {
			t.Error("what was acknowledged still waits")
		}
		stop()
	})
}

func TestABatchIsBounded(t *testing.T) {
	f := newFar(t)
	f.faults.Inject(provider.Rule{Fault: provider.BatchEvents, Times: 20})
	for box := range 20 {
		f.notify(box, "x")
	}
	f.round(0)
	f.forward(2 * time.Second)
	f.round(20)
	f.wantReceived(strings.Repeat("x+", 15) + "x x+x+x+x")
}
