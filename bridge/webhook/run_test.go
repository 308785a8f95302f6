package webhook

import (
	"testing"
	"time"
)

func TestAWorkerLooksAgainWhenItsEndpointWasFoundDueMeanwhile(t *testing.T) {
	d := deliverer(t, newOutbox(), time.Now, newShop(t).endpoint("hook"))
	worker := d.hire(hook("hook"), false)
	if worker == nil {
		t.Fatal("an endpoint that is due gets no worker")
	}
	if d.hire(hook("hook"), true) != nil {
		t.Error("an endpoint has two workers")
	}
	if d.dismiss(t.Context(), worker, false) {
		t.Error("a worker went although something came after its last look")
	}
	if !d.dismiss(t.Context(), worker, false) {
		t.Error("a worker with nothing to do stays")
	}
	if d.hire(hook("hook"), false) == nil {
		t.Error("an endpoint gets no worker after the one before went")
	}
	if d.hire(hook("other"), false) != nil {
		t.Error("an endpoint that nobody knows gets a worker")
	}
}

func TestAnEndpointThatWasDueForNothingRestsUntilItsAppRings(t *testing.T) {
	clock := noon
	d := deliverer(t, newOutbox(), func() time.Time { return clock }, newShop(t).endpoint("hook"))
	d.dismiss(t.Context(), d.hire(hook("hook"), false), true)
	if d.hire(hook("hook"), false) != nil {
		t.Error("it is asked again at once")
	}
	d.Wake("other")
	if d.hire(hook("hook"), d.takeRung()["shop"]) != nil {
		t.Error("it is asked again when another app rings")
	}
	d.Wake("shop")
	worker := d.hire(hook("hook"), d.takeRung()["shop"])
	if worker == nil {
		t.Fatal("it is not asked when its app rings")
	}
	d.dismiss(t.Context(), worker, true)
	clock = clock.Add(rest)
	if d.hire(hook("hook"), d.takeRung()["shop"]) == nil {
		t.Error("it is not asked after its rest")
	}
}

func TestAFailedClaimIsNoReasonToRest(t *testing.T) {
	d := deliverer(t, newOutbox(), time.Now, newShop(t).endpoint("hook"))
	worker := d.hire(hook("hook"), false)
	d.dismiss(t.Context(), worker, false)
	if d.hire(hook("hook"), false) == nil {
		t.Error("an endpoint rests although nothing is known of what is due")
	}
}
