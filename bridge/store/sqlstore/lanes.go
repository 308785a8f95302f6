package sqlstore

import (
	"context"
	"sync"

	"github.com/minitill/minitill/bridge"
)

// lanes lets the changes of one order follow each other, first come first served.
// Without it a hundred changes of one order would race a hundred times, and the
// slowest would lose every time.
type lanes struct {
	mu   sync.Mutex
	open map[bridge.OrderID]*lane
	idle []*lane
}

type lane struct {
	turn  chan struct{} // holds one token while somebody has the lane
	users int           // those who have it or wait for it
}

func newLanes() *lanes { return &lanes{open: make(map[bridge.OrderID]*lane)} }

// enter waits for the order's lane, or for ctx to end. Whoever got nil leaves it.
func (l *lanes) enter(ctx context.Context, id bridge.OrderID) (*lane, error) {
	n := l.join(id)
	select {
	case n.turn <- struct{}{}:
		return n, nil
	default:
	}
	select {
	case n.turn <- struct{}{}:
		return n, nil
	case <-ctx.Done():
		l.part(id, n)
		return nil, ctx.Err()
	}
}

func (l *lanes) leave(id bridge.OrderID, n *lane) {
	<-n.turn
	l.part(id, n)
}

func (l *lanes) join(id bridge.OrderID) *lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.open[id]
	if n == nil {
		n = l.fresh()
		l.open[id] = n
	}
	n.users++
	return n
}

// mostIdle bounds the lanes kept for the next order.
const mostIdle = 256

func (l *lanes) part(id bridge.OrderID, n *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.users--
	if n.users > 0 {
		return
	}
	delete(l.open, id)
	if len(l.idle) < mostIdle {
		l.idle = append(l.idle, n)
	}
}

func (l *lanes) fresh() *lane {
	last := len(l.idle) - 1
	if last < 0 {
		return &lane{turn: make(chan struct{}, 1)}
	}
	n := l.idle[last]
	l.idle = l.idle[:last]
	return n
}
