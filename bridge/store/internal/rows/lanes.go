package rows

import (
	"context"
	"sync"
)

// lanes serialize the changes of one row within this process, first come first served.
// Without them a hundred changes of one order would race a hundred times, and the slowest
// would lose every time.
type lanes struct {
	mu   sync.Mutex
	open map[string]*lane
	idle []*lane
}

type lane struct {
	turn  chan struct{} // holds one token while a caller has the lane
	users int           // callers that have it or wait for it
}

func newLanes() *lanes { return &lanes{open: make(map[string]*lane)} }

// enter waits for the lane of a row, or for ctx to end. A caller that gets no error must
// call leave.
func (l *lanes) enter(ctx context.Context, id string) (*lane, error) {
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

func (l *lanes) leave(id string, n *lane) {
	<-n.turn
	l.part(id, n)
}

func (l *lanes) join(id string) *lane {
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

// maxIdle bounds the lanes that are kept for later rows.
const maxIdle = 256

func (l *lanes) part(id string, n *lane) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n.users--
	if n.users > 0 {
		return
	}
	delete(l.open, id)
	if len(l.idle) < maxIdle {
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
