package process

import (
	"testing"
	"time"
)

func TestCPUIsTheSumOfUserAndSystemTime(t *testing.T) {
	stat := "4711 (a (b) c) S 1 4711 4711 0 -1 4194560 9 0 0 0 250 30 7 8 20 0 9 0 100 0 0"
	if got, err := parseCPU(stat); err != nil || got != 2800*time.Millisecond {
		t.Errorf("got %v, %v; want 2.8s", got, err)
	}
	if got, err := parseCPU("4711 (x) S 1"); err == nil {
		t.Errorf("a short line: got %v, want a fault", got)
	}
}

func TestAnonymousMemoryIsReadFromTheRollup(t *testing.T) {
	rollup := "Rss:               9000 kB\nAnonymous:         1536 kB\nLazyFree:             0 kB\n"
	if got, err := parseAnonymous([]byte(rollup)); err != nil || got != 1536<<10 {
		t.Errorf("got %d, %v; want %d", got, err, 1536<<10)
	}
	if got, err := parseAnonymous([]byte("Rss: 1 kB\n")); err == nil {
		t.Errorf("without the line: got %d, want a fault", got)
	}
}
