package bridge

import "time"

// ClockSkew is how far the clocks of two nodes may differ before a conclusion that is
// drawn from the time since a call is too early.
const ClockSkew = 30 * time.Second

// Calls counts how often a wallet was sent one operation since it was last known not to
// have it. Only a refusal of the one and only call is final: after an unknown answer a
// refusal can mean that the first call was executed.
//
// It is written before each call, so that it survives a process that dies in the call.
type Calls struct {
	Tries   int       `json:"tries,omitzero"`
	AskedAt time.Time `json:"askedAt,omitzero"` // when the last call was begun
}

// Again counts one more call. A store of an older version did not count: then one call
// may have been made before.
func (c Calls) Again(now time.Time) Calls {
	if c.AskedAt.IsZero() {
		c.Tries = 1
	}
	return Calls{Tries: c.Tries + 1, AskedAt: now}
}

// Undone takes back a call that was surely not executed.
func (c Calls) Undone() Calls {
	c.Tries = max(0, c.Tries-1)
	return c
}

// Absent notes that the wallet does not have the operation, whatever was sent.
func (c Calls) Absent() Calls {
	c.Tries = 0
	return c
}

// Doubtful says that the wallet may have the operation though it has not answered.
func (c Calls) Doubtful() bool { return c.Tries > 0 || c.AskedAt.IsZero() }

// Since is when the last call was begun at the latest.
func (c Calls) Since(created time.Time) time.Time {
	if c.AskedAt.IsZero() {
		return created
	}
	return c.AskedAt
}

func (c Calls) Same(d Calls) bool { return c.Tries == d.Tries && c.AskedAt.Equal(d.AskedAt) }
