package bridge

import "time"

// clockSkew is how far the clocks of two nodes may differ before a conclusion that is
// drawn from the time since a call is too early.
const clockSkew = 30 * time.Second

// Calls counts how often a wallet was sent one operation since it was last known not to
// have it. Only a refusal of the one and only call is final: after an unknown answer a
// refusal can mean that the first call was executed.
//
// It is written before each call, so that it survives a process that dies in the call.
type Calls struct {
	Tries   int       `json:"tries,omitzero"`
	AskedAt time.Time `json:"askedAt,omitzero"` // when the last call was begun
}

// again counts one more call. A store of an older version did not count: then one call
// may have been made before.
func (c Calls) again(now time.Time) Calls {
	if c.AskedAt.IsZero() {
		c.Tries = 1
	}
	return Calls{Tries: c.Tries + 1, AskedAt: now}
}

// undone takes back a call that was surely not executed.
func (c Calls) undone() Calls {
	c.Tries = max(0, c.Tries-1)
	return c
}

// absent notes that the wallet does not have the operation, whatever was sent.
func (c Calls) absent() Calls {
	c.Tries = 0
	return c
}

// doubtful says that the wallet may have the operation though it has not answered.
func (c Calls) doubtful() bool { return c.Tries > 0 || c.AskedAt.IsZero() }

// since is when the last call was begun at the latest.
func (c Calls) since(created time.Time) time.Time {
	if c.AskedAt.IsZero() {
		return created
	}
	return c.AskedAt
}

// sending is one call as it was counted before it was sent. fresh says that the wallet
// has proven before that it did not have the operation.
type sending struct {
	Calls
	fresh bool
	prior time.Time // of the call before that had no answer; zero when there was none
}

// final says that a refusal of the call ends the operation: no other call can have been
// executed, before it or beside it. now is how the calls are counted when the answer is
// applied.
func (s sending) final(now Calls) bool {
	return now.same(s.Calls) && (s.fresh || s.Tries == 1)
}

func (c Calls) same(d Calls) bool { return c.Tries == d.Tries && c.AskedAt.Equal(d.AskedAt) }
