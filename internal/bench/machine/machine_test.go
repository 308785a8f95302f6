package machine

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestTheFactsAreMeasuredAndLeaveNoFile(t *testing.T) {
	dir := t.TempDir()
	f, err := Measure(t.Context(), dir, 0) // on a busy machine any time may be over before something was measured
	if err != nil {
		t.Fatal(err)
	}
	if f.Cores != runtime.NumCPU() || f.Go != runtime.Version() || f.FsyncPerSecond <= 0 || f.RSAPerSecond <= 0 {
		t.Errorf("got %+v", f)
	}
	if text := f.String(); !strings.Contains(text, "fsyncs/s") || !strings.Contains(text, "after") {
		t.Errorf("for people: %s", text)
	}
	if text := new(Facts).String(); !strings.Contains(text, "not known") {
		t.Errorf("of another machine: %s", text)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAnEndedContextEndsTheMeasurement(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ctx, t.TempDir(), time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}
