package simulator

import "container/heap"

// agenda holds when which payment needs attention: to settle, or to be notified.
// Entries that have become pointless are dropped when their time comes.
type agenda []appointment

type appointment struct {
	at      int64 // Unix milliseconds
	payment *payment
}

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at < a[j].at }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)        { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = appointment{}
	*a = old[:len(old)-1]
	return last
}

// schedule notes an appointment and wakes Run when it is the next one.
func (p *Provider) schedule(at int64, pay *payment) {
	first := len(p.agenda) == 0 || at < p.agenda[0].at
	heap.Push(&p.agenda, appointment{at, pay})
	if !first {
		return
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// due takes the next payment whose time has come; nil when there is none.
func (p *Provider) due(now int64) *payment {
	if len(p.agenda) == 0 || p.agenda[0].at > now {
		return nil
	}
	return heap.Pop(&p.agenda).(appointment).payment
}
