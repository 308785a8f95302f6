package signing

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/fault"
)

// reread is a keyring as the next node reads it from the file.
func reread(t *testing.T, k Keyring) Keyring {
	t.Helper()
	document, err := EncodeKeyring(k)
	if err != nil {
		t.Fatal(err)
	}
	if k, err = DecodeKeyring(document); err != nil {
		t.Fatal(err)
	}
	return k
}

// machine is what a node does with its keyring.
type machine struct {
	*Tokens
	*Sealer
}

func startWith(t *testing.T, k Keyring) machine {
	t.Helper()
	config := testConfig()
	config.Keys, config.ReceiptKeys = k.Keys, k.ReceiptKeys
	sealer, err := k.Sealer()
	if err != nil {
		t.Fatal(err)
	}
	return machine{mustTokens(t, config), sealer}
}

// At every moment of a rotation some nodes have the keyring of the step before and some
// have the next: each reads what the other writes.
func TestARotationOfNodesLosesNothing(t *testing.T) {
	ring := reread(t, GenerateKeyring())
	steps := []func(Keyring) (Keyring, error){Keyring.Add, Keyring.Sign, Keyring.Retire}
	for range 2 {
		for i, step := range steps {
			next, err := step(ring)
			if err != nil {
				t.Fatalf("step %d: got %v, want nil", i, err)
			}
			next = reread(t, next)
			nodes := []machine{startWith(t, ring), startWith(t, next)}
			for _, from := range nodes {
				session, _, err := from.IssueSession(testSession)
				if err != nil {
					t.Fatal(err)
				}
				receipt, err := from.IssueReceipt(testReceipt)
				if err != nil {
					t.Fatal(err)
				}
				sealed := from.Seal([]byte("secret"), "c")
				for _, to := range nodes {
					if _, err := to.ParseSession(session); err != nil {
						t.Errorf("step %d: a session of another node: got %v, want nil", i, err)
					}
					if _, err := to.ParseReceipt(receipt); err != nil {
						t.Errorf("step %d: a receipt of another node: got %v, want nil", i, err)
					}
					if _, err := to.Open(sealed, "c"); err != nil {
						t.Errorf("step %d: what another node sealed: got %v, want nil", i, err)
					}
				}
			}
			ring = next
		}
	}
	if len(ring.Keys) != 1 || len(ring.ReceiptKeys) != 3 || len(ring.SealingKeys) != 3 || ring.Added {
		t.Errorf("after two rotations: %d, %d and %d keys", len(ring.Keys), len(ring.ReceiptKeys), len(ring.SealingKeys))
	}
}

func TestAStepOutOfOrderIsRefused(t *testing.T) {
	plain := GenerateKeyring()
	added, err := plain.Add()
	if err != nil {
		t.Fatal(err)
	}
	for name, step := range map[string]func() (Keyring, error){
		"sign before add":        plain.Sign,
		"retire before add":      plain.Retire,
		"add after add":          added.Add,
		"retire before sign":     added.Retire,
		"sign after sign":        rotated(t, plain).Sign,
		"retire after retire":    retired(t, rotated(t, plain)).Retire,
		"add, read from a file":  reread(t, added).Add,
		"sign, read from a file": reread(t, rotated(t, plain)).Sign,
	} {
		if _, err := step(); fault.KindOf(err) != fault.Conflict {
			t.Errorf("%s: got %v, want Conflict", name, err)
		}
	}
	plain.SealingKeys = nil
	if _, err := plain.Add(); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a keyring of the first release: got %v, want Invalid", err)
	}
}

const tokenDay = 24 * time.Hour

var bookTime = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// noted is a book after a node noted its keyring, as the store returns it.
func noted(t *testing.T, b KeyBook, k Keyring, at time.Time) KeyBook {
	t.Helper()
	next, changed := b.Note(k, at, tokenDay)
	if !changed {
		t.Fatal("nothing to store")
	}
	text, err := json.Marshal(next)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range k.Keys {
		if strings.Contains(string(text), encodeKey(key.Secret.Reveal())) {
			t.Fatal("the book has a key in it")
		}
	}
	var read KeyBook
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func TestABookKnowsTheKeysThatItsStoreNeeds(t *testing.T) {
	first := GenerateKeyring()
	book := noted(t, KeyBook{}, first, bookTime)
	second := rotated(t, first)
	other := GenerateKeyring()
	impostor := first
	impostor.SealingKeys = []SealingKey{{ID: first.SealingKeys[0].ID, Secret: other.SealingKeys[0].Secret}}
	for name, x := range map[string]struct {
		ring Keyring
		want []string
	}{
		"the same":                  {first, nil},
		"rotated":                   {second, nil},
		"read from its file":        {reread(t, first), nil},
		"others":                    {other, []string{"token", "receipt", "sealing"}},
		"one with a changed secret": {impostor, []string{"sealing"}},
		"retired while tokens live": {retired(t, second), []string{"token"}},
	} {
		var kinds []string
		for _, missing := range book.Missing(x.ring, bookTime.Add(time.Hour), tokenDay) {
			kind, _, _ := strings.Cut(missing, " ")
			kinds = append(kinds, kind)
		}
		if !slices.Equal(kinds, x.want) {
			t.Errorf("%s: missing %v, want %v", name, kinds, x.want)
		}
	}
	if missing := book.Missing(retired(t, second), bookTime.Add(tokenDay), tokenDay); len(missing) > 0 {
		t.Errorf("after the last token has expired: missing %v, want nothing", missing)
	}
	lost := book.Missing(other, bookTime, tokenDay)
	forgotten := book.Forget(lost)
	if missing := forgotten.Missing(other, bookTime, tokenDay); len(missing) > 0 || len(lost) != 3 {
		t.Errorf("after they were forgotten: missing %v, want nothing", missing)
	}
}

func TestABookIsWrittenOncePerPeriod(t *testing.T) {
	ring := GenerateKeyring()
	book := noted(t, KeyBook{}, ring, bookTime)
	if _, changed := book.Note(ring, bookTime.Add(NotePeriod-1), tokenDay); changed {
		t.Error("the same keys are stored again within the period")
	}
	next := noted(t, book, ring, bookTime.Add(NotePeriod))
	if u := next.Used[0]; !u.First.Equal(bookTime) || !u.Last.Equal(bookTime.Add(NotePeriod)) || len(next.Sets) != 1 {
		t.Errorf("got %+v", next)
	}
	rotatedRing := retired(t, rotated(t, ring))
	later := noted(t, next, rotatedRing, bookTime.Add(NotePeriod+tokenDay))
	for _, u := range later.Used {
		if u.Name == "token "+ring.Keys[0].ID {
			t.Error("a token key that nothing needs is still in the book")
		}
	}
	if len(later.Used) != 5 || len(later.Sets) != 1 {
		t.Errorf("got %+v", later)
	}
}

func TestABookKeepsTheLastSteps(t *testing.T) {
	ring := GenerateKeyring()
	var book KeyBook
	for i := range mostSteps + 2 {
		book = book.Record(KeyStep{Step: "add", By: "ann", At: bookTime.Add(time.Duration(i) * time.Hour)})
	}
	book = noted(t, book, ring, bookTime)
	book = book.Forget(book.Missing(GenerateKeyring(), bookTime, tokenDay))
	if n := len(book.Steps); n != mostSteps || !book.Steps[0].At.Equal(bookTime.Add(2*time.Hour)) || book.Steps[n-1].By != "ann" {
		t.Errorf("got %d steps, want the last %d", n, mostSteps)
	}
}

func TestNewKeysSignOnlyWhenEveryNodeKnowsThem(t *testing.T) {
	ring := GenerateKeyring()
	added, err := ring.Add()
	if err != nil {
		t.Fatal(err)
	}
	book := noted(t, KeyBook{}, ring, bookTime)
	wantReason(t, "no node has the new keys", book.Unready(added, bookTime), "does not have the key")
	book = noted(t, book, added, bookTime.Add(time.Minute))
	wantReason(t, "one node has them, one not", book.Unready(added, bookTime.Add(2*time.Minute)), "does not have the key")
	wantReason(t, "the old node is gone", book.Unready(added, bookTime.Add(setLife)), "")
	wantReason(t, "no node for a long time", book.Unready(added, bookTime.Add(time.Hour)), "no node has told")
	wantReason(t, "an empty store", (&KeyBook{}).Unready(added, bookTime), "no node has told")
}

func TestOldKeysStayWhileTokensNeedThem(t *testing.T) {
	ring := GenerateKeyring()
	second := rotated(t, ring)
	book := noted(t, KeyBook{}, ring, bookTime)
	wantReason(t, "no node signs with the new key", book.Blocking(second, bookTime.Add(48*time.Hour), tokenDay), "no node has told")
	book = noted(t, book, second, bookTime.Add(time.Minute))
	book = noted(t, book, ring, bookTime.Add(time.Hour)) // an old node that still runs
	wantReason(t, "a node signed with the old key", book.Blocking(second, bookTime.Add(tokenDay+30*time.Minute), tokenDay), ring.Keys[0].ID)
	wantReason(t, "its last token has expired", book.Blocking(second, bookTime.Add(tokenDay+time.Hour), tokenDay), "")
	unseen := noted(t, KeyBook{}, second, bookTime)
	wantReason(t, "an old key that was never noted", unseen.Blocking(second, bookTime.Add(tokenDay-1), tokenDay), "valid until")
	wantReason(t, "a day after the new key began", unseen.Blocking(second, bookTime.Add(tokenDay), tokenDay), "")
}

func wantReason(t *testing.T, name, got, want string) {
	t.Helper()
	if (got == "") != (want == "") || !strings.Contains(got, want) {
		t.Errorf("%s: got %q, want %q", name, got, want)
	}
}

func TestTheIDOfASessionIsReadFromItsToken(t *testing.T) {
	tokens := mustTokens(t, testConfig())
	s := testSession
	s.ID = "ses_7"
	token, _, err := tokens.IssueSession(s)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := SessionID(token); err != nil || id != "ses_7" {
		t.Errorf("got %q, %v, want ses_7", id, err)
	}
	read, err := tokens.ParseSession(token)
	if err != nil || !read.IssuedAt.Equal(testConfig().Now().Truncate(time.Second)) {
		t.Errorf("issued at %v, %v", read.IssuedAt, err)
	}
	receipt, err := tokens.IssueReceipt(testReceipt)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "ses_7", receipt, token[:20], strings.Repeat("a", MaxTokenSize+1)} {
		if _, err := SessionID(text); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%.20q: got %v, want Invalid", text, err)
		}
	}
}
