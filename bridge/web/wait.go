package web

import (
	"strconv"
	"time"

	"github.com/minitill/minitill/fault"
)

// MaxWait is the longest that a long poll is held.
const MaxWait = 30 * time.Second

// ParseWait reads a wait such as "25s" or, in seconds, "25". An empty text is no wait;
// more than MaxWait is MaxWait.
//
// Faults: Invalid for anything else.
func ParseWait(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	if seconds, err := strconv.ParseUint(s, 10, 63); err == nil {
		return time.Duration(min(seconds, uint64(MaxWait/time.Second))) * time.Second, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		return 0, fault.InvalidField("web.ParseWait", "wait", `must be a duration such as "25s"`)
	}
	return min(d, MaxWait), nil
}
