package rows

import (
	"runtime"
	"time"
)

// gatherLimit bounds how long a commit waits for changes that are about to come.
const gatherLimit = 500 * time.Microsecond

// Gather yields the processor while more changes wait, so that the requests that can run
// reach the writer before it commits: a commit costs as much as some changes do. It returns
// when no more have come, when most wait, or after half a millisecond. Where nothing else can
// run that is at once.
func Gather(waiting func() int, most int) {
	began := time.Now()
	for before := 0; ; {
		runtime.Gosched()
		n := waiting()
		if n <= before || n >= most || time.Since(began) >= gatherLimit {
			return
		}
		before = n
	}
}
