package outbox

import (
	"testing"
	"time"
)

func TestAWorkerClaimsAgainWhenItsEndpointBecameDueMeanwhile(t *testing.T) {
	d := dispatcher(t, time.Now)
	worker := d.acquire(hook("hook"), false)
	if worker == nil {
		t.Fatal("an endpoint that is due gets no worker")
	}
	if d.acquire(hook("hook"), true) != nil {
		t.Error("an endpoint has two workers")
	}
	if d.release(t.Context(), worker, false) {
		t.Error("a worker ended although a message came after its last claim")
	}
	if !d.release(t.Context(), worker, false) {
		t.Error("a worker with nothing to do goes on")
	}
	if d.acquire(hook("hook"), false) == nil {
		t.Error("an endpoint gets no worker after the one before ended")
	}
	if d.acquire(hook("other"), false) != nil {
		t.Error("an unknown endpoint gets a worker")
	}
}

func TestAnEndpointWithoutDueMessagesPausesUntilItsAppCommits(t *testing.T) {
	clock := noon
	d := dispatcher(t, func() time.Time { return clock })
	d.release(t.Context(), d.acquire(hook("hook"), false), true)
	if d.acquire(hook("hook"), false) != nil {
		t.Error("it gets a worker again at once")
	}
	d.Wake("other")
	if d.acquire(hook("hook"), d.takeWoken()["shop"]) != nil {
		t.Error("it gets a worker when another app commits")
	}
	d.Wake("shop")
	worker := d.acquire(hook("hook"), d.takeWoken()["shop"])
	if worker == nil {
		t.Fatal("it gets no worker when its app commits")
	}
	d.release(t.Context(), worker, true)
	clock = clock.Add(idlePause)
	if d.acquire(hook("hook"), d.takeWoken()["shop"]) == nil {
		t.Error("it gets no worker after its pause")
	}
}

func TestAFailedClaimDoesNotPauseTheEndpoint(t *testing.T) {
	d := dispatcher(t, time.Now)
	worker := d.acquire(hook("hook"), false)
	d.release(t.Context(), worker, false)
	if d.acquire(hook("hook"), false) == nil {
		t.Error("an endpoint pauses although nothing is known of what is due")
	}
}
