package retention

import (
	"bytes"
	"encoding/hex"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/wallet"
)

// format names the form of a file: gzip of JSON lines. The first line is a header, the last
// one a footer, and each line between them an event.
const format = "minitill archive 1"

// header is the first line of a file.
type header struct {
	Format   string `json:"format"`
	App      string `json:"app"`
	Number   int64  `json:"number"`             // from 1
	Previous string `json:"previous,omitempty"` // SHA-256 of the file before, in hex
	After    string `json:"after,omitempty"`    // the event before the first one
}

// line is an event.
type line struct {
	Order    bridge.OrderID   `json:"order"`
	Sequence int64            `json:"sequence"`
	Type     bridge.EventType `json:"type"`
	At       time.Time        `json:"at"`
	Source   bridge.Source    `json:"source"`
	Currency wallet.Currency  `json:"currency"`
	Data     bridge.EventData `json:"data"`
}

// footer is the last line of a file, without which it is cut off.
type footer struct {
	Events int64  `json:"events"`
	Last   string `json:"last"`
}

// headerAfter is the header of the file that follows one.
func headerAfter(app string, last *store.ArchiveFile) header {
	h := header{Format: format, App: app, Number: last.Number + 1}
	if last.Number > 0 {
		h.Previous, h.After = hex.EncodeToString(last.Digest[:]), last.Last.ID()
	}
	return h
}

// form is that of the events in a store: members in the order of the struct, text that is not
// UTF-8 repaired.
var form = json.JoinOptions(json.Deterministic(true), jsontext.AllowInvalidUTF8(true))

// encodeLine returns v as a line, with its end.
func encodeLine(v any) ([]byte, error) {
	text, err := json.Marshal(v, form)
	return append(text, '\n'), err
}

func decodeLine(text []byte, v any) error { return json.Unmarshal(text, v, form) }

func lineOf(e *store.FeedEvent) line {
	return line{e.Order, e.Sequence, e.Type, e.At, e.Source, e.Currency, e.Data}
}

func (l *line) event() store.FeedEvent {
	return store.FeedEvent{Currency: l.Currency, Event: bridge.Event{
		Order: l.Order, Sequence: l.Sequence, Type: l.Type, At: l.At.UTC(), Source: l.Source, Data: l.Data,
	}}
}

// same reports whether two values have the same stored form.
func same(a, b any) (bool, error) {
	x, err := encodeLine(a)
	if err != nil {
		return false, err
	}
	y, err := encodeLine(b)
	return bytes.Equal(x, y), err
}
