package rows

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestGather(t *testing.T) {
	for name, c := range map[string]struct {
		waiting []int // at each look
		each    time.Duration
		want    int // looks
	}{
		"nothing waits":                   {[]int{0}, 0, 1},
		"one waits and no more come":      {[]int{1, 1}, 0, 2},
		"more come, then no more":         {[]int{1, 4, 9, 9}, 0, 4},
		"callers give up":                 {[]int{5, 4}, 0, 2},
		"as many wait as a batch takes":   {[]int{1, 16}, 0, 2},
		"more come for as long as it may": {[]int{1, 2, 3, 4, 5}, 100 * time.Microsecond, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				looks := 0
				Gather(func() int {
					time.Sleep(c.each)
					looks++
					return c.waiting[min(looks, len(c.waiting))-1] + max(0, looks-len(c.waiting))
				}, 16)
				if looks != c.want {
					t.Errorf("got %d looks, want %d", looks, c.want)
				}
			})
		})
	}
}
