package engine

import (
	"time"

	"github.com/minitill/minitill/bridge"
)

// sending is one call as it was counted before it was sent. fresh means that the wallet has
// proved before the call that it did not have the operation.
type sending struct {
	bridge.Calls
	fresh bool
	prior time.Time // of the call before that had no answer; zero when there was none
}

// final reports whether a refusal of the call ends the operation: no other call can have been
// executed, before it or beside it. now is the count of calls when the answer is applied.
func (s sending) final(now bridge.Calls) bool {
	return now.Same(s.Calls) && (s.fresh || s.Tries == 1)
}
