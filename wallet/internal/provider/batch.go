package provider

import (
	"cmp"
	"context"
	"slices"
)

// mostEvents bounds the notices in one message.
const mostEvents = 16

// park keeps a notice until its delay is over, to be sent together with the others that are
// kept for its URL by then. Later notices of its box wait behind it.
func (d *Dispatcher[T]) park(n *Notice[T]) {
	n.parked = true
	d.parked[n.URL] = append(d.parked[n.URL], n)
}

// unpark returns what is sent in one message with n, which is due: the others that are kept for
// its URL, and the notices that wait directly behind each.
func (d *Dispatcher[T]) unpark(n *Notice[T], now int64) []*Notice[T] {
	var batch, left []*Notice[T]
	for _, m := range append([]*Notice[T]{n}, d.parked[n.URL]...) {
		switch {
		case slices.Contains(batch, m):
		case len(batch) >= mostEvents || m.postponed != 0: // the latter is being parked at this moment
			left = append(left, m)
		default:
			m.parked = false
			m.box.claimed = m.box != n.box
			batch = append(append(batch, m), m.behind(now)...)
		}
	}
	if d.parked[n.URL] = left; len(left) == 0 {
		delete(d.parked, n.URL)
	}
	return batch
}

// sendBatch makes one attempt to send several notices in one message, and reports whether they
// are finished. Those that are not are sent one by one from then on.
func (d *Dispatcher[T]) sendBatch(ctx context.Context, batch []*Notice[T]) (made int, done bool) {
	if !d.durable(batch...) {
		return 0, false
	}
	a := d.postBatch(ctx, batch)
	for _, n := range batch {
		d.record(n, a)
	}
	return len(batch), a.Acknowledged
}

func (d *Dispatcher[T]) postBatch(ctx context.Context, batch []*Notice[T]) Attempt {
	try := d.try(batch[0], Rule{Fault: BatchEvents})
	message, err := d.cfg.Batch(batch, try)
	if err != nil {
		return Attempt{At: try.At, Fault: BatchEvents, Err: err.Error()}
	}
	message.URL = cmp.Or(message.URL, batch[0].URL)
	return d.exchange(ctx, message, try)
}
