package wallettest

import (
	"bytes"
	"log/slog"
	"sync"
)

// Log keeps what a wallet logs, at every level, so that the suite can search it for secrets.
// The zero value is ready.
type Log struct {
	mu  sync.Mutex
	out bytes.Buffer
}

// Logger returns a logger that writes to l, for wallet.Env.
func (l *Log) Logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// String returns everything that was logged.
func (l *Log) String() string {
	if l == nil {
		return ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}
