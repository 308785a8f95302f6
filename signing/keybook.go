package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// KeyBook records which keys the nodes of a store run with. It has check values of keys and
// no keys. With it a node finds out whether its keyring has the keys that stored data needs
// ([KeyBook.Missing]), and an operator whether the next step of a rotation may be taken
// ([KeyBook.Unready], [KeyBook.Blocking]). It is stored as JSON.
type KeyBook struct {
	Used  []UsedKey `json:"used"`            // keys that nodes signed or sealed with
	Sets  []KeySet  `json:"sets"`            // the keyrings of nodes in the last 24 hours
	Steps []KeyStep `json:"steps,omitempty"` // the last changes by operators, the oldest first
}

// KeyStep is a change of the keys and who made it.
type KeyStep struct {
	Step string    `json:"step"` // add, sign, retire or forget
	By   string    `json:"by"`
	At   time.Time `json:"at"`
}

// UsedKey is a key with which a node signs or seals.
type UsedKey struct {
	Name  string    `json:"name"`  // its kind and id: "token k0a1b2c3d"
	Check string    `json:"check"` // its check value
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// KeySet is a keyring that one or more nodes run with.
type KeySet struct {
	Keys []string  `json:"keys"` // by name, those in use first
	Seen time.Time `json:"seen"` // when a node last recorded it
}

const (
	kindToken   = "token"
	kindReceipt = "receipt"
	kindSealing = "sealing"

	// NotePeriod is the interval at which a node records its keys with Note.
	NotePeriod = time.Minute
	// setLife is how long a node counts as running after it has recorded its keys.
	setLife = 5 * NotePeriod
	// setMemory is how long key sets are kept for operators.
	setMemory = 24 * time.Hour
	// mostSteps is how many changes are kept: of a rotation each month, those of eight years.
	mostSteps = 300
)

// namedKey is a key of a keyring as a KeyBook records it.
type namedKey struct {
	name, check string
	inUse       bool
}

// named returns the keys of a keyring, those in use first.
func (k Keyring) named() []namedKey {
	var first, others []namedKey
	add := func(kind, id, check string, inUse bool) {
		key := namedKey{kind + " " + id, check, inUse}
		if inUse {
			first = append(first, key)
			return
		}
		others = append(others, key)
	}
	for i, key := range k.Keys {
		add(kindToken, key.ID, checkValue(kindToken, key.Secret.bytes()), i == 0)
	}
	for i, key := range k.ReceiptKeys {
		public, _ := key.public()
		add(kindReceipt, key.ID, checkValue(kindReceipt, public), i == 0)
	}
	for i, key := range k.SealingKeys {
		add(kindSealing, key.ID, checkValue(kindSealing, key.Secret.bytes()), i == 0)
	}
	return append(first, others...)
}

// checkValue returns a value by which keys are compared and that reveals nothing of the key.
func checkValue(kind string, key []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("minitill key check value\x00" + kind))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

// Missing returns the names of the keys that the keyring lacks, or has with another secret,
// although the store may have data that only they read: every key that sealed a text or
// signed a receipt, and every token key that was used less than tokenLife ago.
func (b *KeyBook) Missing(k Keyring, now time.Time, tokenLife time.Duration) (names []string) {
	checks := map[string]string{}
	for _, key := range k.named() {
		checks[key.name] = key.check
	}
	for _, used := range b.Used {
		if checks[used.Name] != used.Check && !used.ended(now, tokenLife) {
			names = append(names, used.Name)
		}
	}
	return names
}

// Note returns the book in which it is recorded that a node runs with the keyring. changed is
// false when the same was recorded less than NotePeriod ago, so that nothing needs storing.
// Entries that are no longer needed are removed.
func (b *KeyBook) Note(k Keyring, now time.Time, tokenLife time.Duration) (next KeyBook, changed bool) {
	set := KeySet{Seen: now}
	for _, key := range k.named() {
		set.Keys = append(set.Keys, key.name)
		if key.inUse {
			next.Used = append(next.Used, b.use(key, now))
		}
	}
	fresh := func(s KeySet) bool { return slices.Equal(s.Keys, set.Keys) && now.Sub(s.Seen) < NotePeriod }
	if slices.ContainsFunc(b.Sets, fresh) {
		return *b, false
	}
	for _, old := range b.Used {
		forgotten := old.ended(now, tokenLife) && !slices.Contains(set.Keys, old.Name)
		if !forgotten && !slices.ContainsFunc(next.Used, old.same) {
			next.Used = append(next.Used, old)
		}
	}
	next.Sets, next.Steps = []KeySet{set}, b.Steps
	for _, s := range b.Sets {
		if !slices.Equal(s.Keys, set.Keys) && now.Sub(s.Seen) < setMemory {
			next.Sets = append(next.Sets, s)
		}
	}
	return next, true
}

func (u UsedKey) same(other UsedKey) bool { return u.Name == other.Name }

// ended reports whether no data is left that only the key reads.
func (u UsedKey) ended(now time.Time, tokenLife time.Duration) bool {
	return strings.HasPrefix(u.Name, kindToken+" ") && now.Sub(u.Last) >= tokenLife
}

// Forget returns the book without the keys of those names.
func (b *KeyBook) Forget(names []string) KeyBook {
	lost := func(u UsedKey) bool { return slices.Contains(names, u.Name) }
	return KeyBook{Used: slices.DeleteFunc(slices.Clone(b.Used), lost), Sets: b.Sets, Steps: b.Steps}
}

// Record returns the book with one more step. Beyond a bound the oldest is left out.
func (b *KeyBook) Record(s KeyStep) KeyBook {
	next := *b
	next.Steps = append(slices.Clone(b.Steps), s)
	next.Steps = next.Steps[max(0, len(next.Steps)-mostSteps):]
	return next
}

// use returns the entry of a key that is in use now.
func (b *KeyBook) use(key namedKey, now time.Time) UsedKey {
	used := UsedKey{Name: key.name, Check: key.check, First: now, Last: now}
	if i := slices.IndexFunc(b.Used, used.same); i >= 0 {
		used.First = b.Used[i].First
	}
	return used
}

// Unready returns why the keys that were added to a keyring may not sign yet, in a sentence
// for the operator; empty when every running node has them.
func (b *KeyBook) Unready(k Keyring, now time.Time) string {
	added := []string{kindToken + " " + k.Keys[1].ID, kindReceipt + " " + k.ReceiptKeys[1].ID, kindSealing + " " + k.SealingKeys[1].ID}
	ready := 0
	for _, s := range b.Sets {
		if now.Sub(s.Seen) >= setLife {
			continue
		}
		for _, name := range added {
			if !slices.Contains(s.Keys, name) {
				return fmt.Sprintf("a node that ran at %s does not have the key %q; start every node with the new keyring first, and wait %s after the last old one has stopped",
					s.Seen.UTC().Format(time.RFC3339), name, setLife)
			}
		}
		ready++
	}
	if ready == 0 {
		return fmt.Sprintf("no node has told this store in the last %s that it has the new keys; start every node with the new keyring first", setLife)
	}
	return ""
}

// Blocking returns why the old token keys of a keyring may not be retired yet, in a sentence
// for the operator; empty when every token that they signed has expired.
func (b *KeyBook) Blocking(k Keyring, now time.Time, tokenLife time.Duration) string {
	current := kindToken + " " + k.Keys[0].ID
	i := slices.IndexFunc(b.Used, func(u UsedKey) bool { return u.Name == current })
	if i < 0 {
		return fmt.Sprintf("no node has told this store that it signs with %q; start every node with the new keyring first", current)
	}
	last, by := b.Used[i].First, current // an old key may have signed until then without being recorded
	for _, key := range k.Keys[1:] {
		name := kindToken + " " + key.ID
		for _, u := range b.Used {
			if u.Name == name && u.Last.After(last) {
				last, by = u.Last, name
			}
		}
	}
	if until := last.Add(tokenLife); now.Before(until) {
		return fmt.Sprintf("tokens that the old keys signed are valid until %s (%q was noted at %s)",
			until.UTC().Format(time.RFC3339), by, last.UTC().Format(time.RFC3339))
	}
	return ""
}
