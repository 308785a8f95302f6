package logs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minitill/minitill/internal/logs"
)

type requestID struct{}

// logger logs without times, and says in lines what was logged.
func logger() (log *slog.Logger, lines func() []string) {
	var b bytes.Buffer
	plain := slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})
	of := func(ctx context.Context) string { id, _ := ctx.Value(requestID{}).(string); return id }
	return slog.New(logs.Requests(logs.Repeats(plain, time.Minute), of)), func() []string {
		defer b.Reset()
		return strings.Split(strings.TrimSpace(b.String()), "\n")
	}
}

func wantLines(t *testing.T, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestARepeatedWarningIsLoggedOnceAndThenCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logger()
		for i := range 5 {
			log.WarnContext(context.WithValue(t.Context(), requestID{}, fmt.Sprint("req_", i)), "request failed", "fault", errors.New("away"))
		}
		log.Warn("request failed", "fault", errors.New("another"))
		wantLines(t, lines(), `level=WARN msg="request failed" fault=away request=req_0`, `level=WARN msg="request failed" fault=another`)
		time.Sleep(time.Minute) // of the bubble's clock
		log.Info("another")
		wantLines(t, lines(), `level=WARN msg="request failed" fault=away request=req_0 repeated=4`, `level=INFO msg=another`)
		log.Warn("request failed", "fault", errors.New("away"))
		wantLines(t, lines(), `level=WARN msg="request failed" fault=away`)
	})
}

func TestOneMessageAboutManyThingsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logger()
		for i := range 1000 {
			log.Warn("status query failed", "order", i)
		}
		if got := lines(); len(got) != 100 {
			t.Errorf("%d lines, want 100", len(got))
		}
		time.Sleep(time.Minute)
		log.Info("another")
		wantLines(t, lines(), `level=WARN msg="status query failed" order=0 repeated=900`, `level=INFO msg=another`)
	})
}

func TestWhatIsNoWarningIsNeverLeftOut(t *testing.T) {
	log, lines := logger()
	log.Info("ready")
	log.Info("ready")
	wantLines(t, lines(), "level=INFO msg=ready", "level=INFO msg=ready")
}

func TestLoggersWithOtherAttributesDoNotRepeatEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, lines := logger()
		log.With("wallet", "a").Warn("slow")
		log.With("wallet", "b").Warn("slow")
		log.WithGroup("g").Warn("slow", "wallet", "b")
		wantLines(t, lines(), "level=WARN msg=slow wallet=a", "level=WARN msg=slow wallet=b", "level=WARN msg=slow g.wallet=b")
	})
}

func TestARecordKeepsTheRequestThatItNames(t *testing.T) {
	log, lines := logger()
	ctx := context.WithValue(t.Context(), requestID{}, "req_1")
	log.InfoContext(ctx, "one")
	log.InfoContext(ctx, "two", "request", "req_2")
	log.Info("three")
	wantLines(t, lines(), "level=INFO msg=one request=req_1", "level=INFO msg=two request=req_2", "level=INFO msg=three")
}
