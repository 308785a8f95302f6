package operator

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

const (
	delaysDocument = "console.sign-ins"
	freeFailures   = 3 // without a delay
	// An attacker who knows a name must not lock its owner out, so a name waits less than an
	// address.
	mostNameDelay    = 30 * time.Second
	mostAddressDelay = 15 * time.Minute
	failuresForget   = 24 * time.Hour
)

// delays make each sign-in that fails wait longer than the one before, per name and per
// address, on all nodes together. Names and addresses are counted in 4096 buckets each, so
// that an attacker with many of them cannot fill the store or push others out.
type delays struct{ store store.Documents }

// failures are those of one bucket in a row.
type failures struct {
	Count int       `json:"n"`
	Last  time.Time `json:"at"`
}

// until returns when the next attempt is allowed.
func (f failures) until(most time.Duration) time.Time {
	if f.Count < freeFailures {
		return f.Last
	}
	const doublings = 20 // more than either limit
	return f.Last.Add(min(most, time.Second<<min(f.Count-freeFailures, doublings)))
}

func bucket(kind, text string) string {
	sum := sha256.Sum256([]byte(kind + "\x00" + text))
	return fmt.Sprintf("%s%03x", kind, (int(sum[0])<<8|int(sum[1]))>>4)
}

// reserve counts an attempt as failed before it is examined, so that attempts at the same
// time do not share one delay.
//
// Faults: RateLimited; those of the store.
func (d delays) reserve(ctx context.Context, name, address string, now time.Time) error {
	keys := map[string]time.Duration{bucket("n", name): mostNameDelay, bucket("a", address): mostAddressDelay}
	return d.change(ctx, func(all map[string]failures) error {
		for key, most := range keys {
			if wait := all[key].until(most).Sub(now); wait > 0 {
				return &fault.Error{
					Kind: fault.RateLimited, Op: "operator.SignIn", RetryAfter: wait.Round(time.Second) + time.Second,
					Detail: "There were too many attempts. Wait a moment, then try again.",
				}
			}
		}
		maps.DeleteFunc(all, func(_ string, f failures) bool { return now.Sub(f.Last) > failuresForget })
		for key := range keys {
			all[key] = failures{all[key].Count + 1, now}
		}
		return nil
	})
}

// forget ends the delays after a success.
func (d delays) forget(ctx context.Context, name, address string) error {
	return d.change(ctx, func(all map[string]failures) error {
		delete(all, bucket("n", name))
		delete(all, bucket("a", address))
		return nil
	})
}

func (d delays) change(ctx context.Context, change func(map[string]failures) error) error {
	return d.store.ChangeDocument(ctx, delaysDocument, func(doc []byte) ([]byte, error) {
		all := map[string]failures{}
		if len(doc) > 0 {
			if err := json.Unmarshal(doc, &all); err != nil {
				return nil, fault.Wrap(fault.Internal, "operator.delays", err)
			}
		}
		if err := change(all); err != nil {
			return nil, err
		}
		return json.Marshal(all)
	})
}
