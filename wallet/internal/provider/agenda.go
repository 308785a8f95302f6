package provider

import "container/heap"

// agenda is a heap of what is due at which time; entries of the same millisecond are in the
// order in which they were added.
type agenda []appointment

type appointment struct {
	at   int64  // Unix milliseconds
	turn uint64 // in order of creation
	what any    // a *mailbox with something to send, or what Remind was given
}

// add adds an entry and reports whether it is now the earliest.
func (a *agenda) add(next appointment) bool {
	first := len(*a) == 0 || next.at < (*a)[0].at
	heap.Push(a, next)
	return first
}

// take removes the earliest entry that is due; nil when there is none.
func (a *agenda) take(now int64) any {
	if len(*a) == 0 || (*a)[0].at > now {
		return nil
	}
	return heap.Pop(a).(appointment).what
}

func (a agenda) Len() int { return len(a) }

func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].turn < a[j].turn
}

func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(appointment)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = appointment{}
	*a = old[:len(old)-1]
	return last
}
