package app

import "time"

// load are clients that create and pay orders until they are ended.
type load struct{ *chaos }

func newLoad(k *killWorld, clients int) load {
	l := load{&chaos{killWorld: k, done: make(chan struct{})}}
	for n := range clients {
		l.clients.Go(func() { l.client(n) })
	}
	return l
}

// awaitPaid waits until so many orders were paid at the cashier.
func (l load) awaitPaid(n int64) {
	l.Helper()
	l.until("more orders are paid", func() bool { return l.paid.Load() >= n })
}

func (l load) until(what string, holds func() bool) {
	l.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-l.Context().Done():
			l.Fatalf("not reached: %s", what)
		}
	}
}

// end stops the clients, and waits until every order has ended.
func (l load) end() {
	close(l.done)
	l.clients.Wait()
	l.awaitEnd()
	l.most = int(l.keys.Load())
}
