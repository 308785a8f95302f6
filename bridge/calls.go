package bridge

import "time"

// ClockSkew is how far the clocks of two nodes may differ before a conclusion that is
// drawn from the time since a call is too early.
const ClockSkew = 30 * time.Second

// Calls counts how often the engine has sent one operation to a wallet since that wallet
// proved not to have it. Only a refusal of the one and only call is final: after an unknown
// outcome a refusal can mean that an earlier call was executed.
//
// It is committed before each call, so that it survives a crash during the call.
type Calls struct {
	Tries      int       `json:"tries,omitzero"`
	LastSentAt time.Time `json:"askedAt,omitzero"` // when the last call began
}

// Again returns the count with one more call. Orders of older versions have no count: one
// call may have been made before.
func (c Calls) Again(now time.Time) Calls {
	if c.LastSentAt.IsZero() {
		c.Tries = 1
	}
	return Calls{Tries: c.Tries + 1, LastSentAt: now}
}

// Undone returns the count without a call that was surely not executed.
func (c Calls) Undone() Calls {
	c.Tries = max(0, c.Tries-1)
	return c
}

// Absent returns the count after the wallet has proved not to have the operation.
func (c Calls) Absent() Calls {
	c.Tries = 0
	return c
}

// Unconfirmed reports whether the wallet may have the operation though it has not answered.
func (c Calls) Unconfirmed() bool { return c.Tries > 0 || c.LastSentAt.IsZero() }

// Since returns the latest time at which the last call can have begun. created is when the
// operation was reserved.
func (c Calls) Since(created time.Time) time.Time {
	if c.LastSentAt.IsZero() {
		return created
	}
	return c.LastSentAt
}

// Same reports whether no call was counted between c and d.
func (c Calls) Same(d Calls) bool { return c.Tries == d.Tries && c.LastSentAt.Equal(d.LastSentAt) }
