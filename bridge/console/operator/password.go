package operator

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/minitill/minitill/fault"
)

// The cost of a password: 19 MiB and two passes, as OWASP recommends for argon2id.
const (
	hashMemory = 19 * 1024 // KiB
	hashPasses = 2
	saltBytes  = 16
	hashBytes  = 32
)

const (
	leastPassword = 12
	mostPassword  = 256
)

// checkPassword returns what is wrong with a new password.
//
// Faults: Invalid.
func checkPassword(name, password string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < leastPassword:
		return invalid("password", fmt.Sprintf("must have at least %d characters", leastPassword))
	case len(password) > mostPassword:
		return invalid("password", "is too long")
	case strings.Contains(strings.ToLower(password), name):
		return invalid("password", "must not contain your name")
	case strings.Count(password, password[:1]) == len(password):
		return invalid("password", "must not be one character repeated")
	}
	return nil
}

// cost is what one hash costs.
type cost struct {
	memory uint32 // KiB
	passes uint32
}

var usualCost = cost{hashMemory, hashPasses}

// form is how the text form of a hash begins, as the reference implementation writes it.
func (c cost) form() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$", argon2.Version, c.memory, c.passes)
}

func (c cost) hash(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, 1, hashBytes)
}

// store returns a password in the form in which it is stored.
func (c cost) store(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return c.form() + encode64(salt) + "$" + encode64(c.hash(password, salt))
}

func encode64(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// matches reports whether a password is the one that was stored. A stored text that cannot be
// read costs the same work and matches none.
func (c cost) matches(stored, password string) bool {
	salt, want := make([]byte, saltBytes), []byte(nil)
	if rest, ok := strings.CutPrefix(stored, c.form()); ok {
		first, second, _ := strings.Cut(rest, "$")
		if s, err := base64.RawStdEncoding.DecodeString(first); err == nil {
			salt = s
		}
		want, _ = base64.RawStdEncoding.DecodeString(second)
	}
	got := c.hash(password, salt)
	return len(want) == hashBytes && subtle.ConstantTimeCompare(got, want) == 1
}

const (
	hashesAtOnce = 2
	hashesQueued = 8
	hashWait     = 3 * time.Second
)

// hashing bounds how much memory and time passwords cost at once.
type hashing struct {
	cost
	places, queue chan struct{}
}

func newHashing(c cost) hashing {
	return hashing{c, make(chan struct{}, hashesAtOnce), make(chan struct{}, hashesAtOnce+hashesQueued)}
}

// run runs f when a place is free.
//
// Faults: Unavailable when too many wait.
func (h hashing) run(ctx context.Context, f func()) error {
	busy := &fault.Error{Kind: fault.Unavailable, Op: "operator.hash", RetryAfter: time.Second, Detail: "Too many people sign in at once. Try again."}
	select {
	case h.queue <- struct{}{}:
	default:
		return busy
	}
	defer func() { <-h.queue }()
	wait := time.NewTimer(hashWait)
	defer wait.Stop()
	select {
	case h.places <- struct{}{}:
	case <-ctx.Done():
		return busy
	case <-wait.C:
		return busy
	}
	defer func() { <-h.places }()
	f()
	return nil
}
