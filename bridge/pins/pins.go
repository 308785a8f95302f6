package pins

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

const document = "wallet_pins"

// Pins are the pins of one store. It is safe for concurrent use.
type Pins struct {
	store store.Documents
	now   func() time.Time
}

var _ wallet.Pins = (*Pins)(nil)

// New returns the pins of a store. now dates them; nil is the machine's time.
func New(store store.Documents, now func() time.Time) *Pins {
	if now == nil {
		now = time.Now
	}
	return &Pins{store: store, now: now}
}

// Pinned reports whether one of the names is pinned. It reads the store.
//
// Faults: those of the store; Internal for a document that cannot be read.
func (p *Pins) Pinned(ctx context.Context, names ...string) (bool, error) {
	doc, _, err := p.store.Document(ctx, document, -1)
	if err != nil {
		return false, err
	}
	pinned, err := decode(doc)
	return slices.ContainsFunc(names, pinned.has), err
}

// Pin pins all names. What is pinned already keeps its time, and costs one read.
//
// Faults: those of the store; Internal for a document that cannot be read.
func (p *Pins) Pin(ctx context.Context, names ...string) error {
	at := p.now().UTC().Truncate(time.Millisecond)
	return p.store.ChangeDocument(ctx, document, func(doc []byte) ([]byte, error) {
		pinned, err := decode(doc)
		if err != nil {
			return nil, err
		}
		missing := slices.DeleteFunc(slices.Clone(names), pinned.has)
		if len(missing) == 0 {
			return nil, nil
		}
		for _, name := range missing {
			pinned[name] = pin{At: at}
		}
		return json.Marshal(pinned)
	})
}

// pin is what the document says about one name.
type pin struct {
	At time.Time `json:"at"`
}

type list map[string]pin

func (l list) has(name string) bool {
	_, there := l[name]
	return there
}

func decode(doc []byte) (list, error) {
	l := list{}
	if doc == nil {
		return l, nil
	}
	if err := json.Unmarshal(doc, &l); err != nil {
		return nil, fault.Wrap(fault.Internal, "pins.decode", err)
	}
	return l, nil
}
