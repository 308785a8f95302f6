package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

var claimTests = []test{
	{"a new key is taken together with the order", keyIsTaken},
	{"a key that is taken returns the older claim and writes nothing", keyIsHeld},
	{"a key belongs to its scope", keyScopes},
	{"of many requests with one key, one makes an order", oneOrderPerKey},
	{"an answer is replayed byte for byte", answerIsKept},
	{"an answer given with the claim is kept", answerAtOnce},
	{"an order's key can be claimed later", claimLater},
	{"a key for an order that does not exist is not taken", claimWithoutOrder},
	{"keys of any bytes are distinguished", oddKeys},
	{"the claim that holds a key can be read", heldClaims},
	{"claims are forgotten after their time and no earlier", prune},
}

func claim[ID ~string](key string, subject ID) bridge.Claim {
	return bridge.Claim{
		Scope: "app:shop", Key: key, Digest: sha256.Sum256([]byte("body of " + key)), Subject: string(subject), CreatedAt: Epoch,
	}
}

func claimed(t testing.TB, s Store, c *bridge.Change) bridge.Claim {
	t.Helper()
	held, err := s.CreateOrder(context.Background(), c)
	if err != nil {
		t.Fatalf("CreateOrder: got %v, want nil", err)
	}
	return held
}

func withKey(t testing.TB, key string) *bridge.Change {
	c := NewOrder(t)
	k := claim(key, c.Order.ID)
	c.Claim = &k
	return c
}

func keyIsTaken(t *testing.T, s Store) {
	c := withKey(t, "k1")
	same(t, "the claim returned", claimed(t, s, c), *c.Claim)
	order(t, s, c.Order.ID)
}

func keyIsHeld(t *testing.T, s Store) {
	first, second := withKey(t, "k1"), withKey(t, "k1")
	second.Claim.Digest = sha256.Sum256([]byte("another body"))
	second.Claim.CreatedAt = Epoch.Add(time.Hour)
	second.Messages = []bridge.Message{message(second.Order.ID, "dlv_1", 1)}
	claimed(t, s, first)
	same(t, "the claim returned", claimed(t, s, second), *first.Claim)
	_, err := s.Order(context.Background(), second.Order.ID)
	wantKind(t, "the second order", err, fault.NotFound)
	if list := messages(t, s); len(list) != 0 {
		t.Errorf("messages of the second order: got %d, want none", len(list))
	}
}

func keyScopes(t *testing.T, s Store) {
	first, second := withKey(t, "k1"), withKey(t, "k1")
	second.Claim.Scope = "app:other"
	claimed(t, s, first)
	same(t, "the claim in another scope", claimed(t, s, second), *second.Claim)
	order(t, s, second.Order.ID)
}

func oneOrderPerKey(t *testing.T, s Store) {
	var made atomic.Int32
	together(20, func(int) {
		c := withKey(t, "k1")
		held, err := s.CreateOrder(context.Background(), c)
		if err != nil {
			t.Errorf("CreateOrder: got %v, want nil", err)
		}
		_, err = s.Order(context.Background(), c.Order.ID)
		if err == nil {
			made.Add(1)
		}
		if got := held.Subject == string(c.Order.ID); got != (err == nil) {
			t.Errorf("the claim says the order was made: %v; reading it: %v", got, err)
		}
	})
	if made.Load() != 1 {
		t.Errorf("orders made: got %d, want 1", made.Load())
	}
}

func answerIsKept(t *testing.T, s Store) {
	bodies := map[string][]byte{
		"json": []byte(`{"order": {"id":"…"}}` + "\n"), "binary": {0, 255, 1, 0, 13, 10}, "empty": {},
		"large": bytes.Repeat([]byte("0123456789"), 10_000),
	}
	for key, body := range bodies {
		c := withKey(t, key)
		claimed(t, s, c)
		answer(t, s, c, bridge.Answer{Status: 201, Body: body})
		answer(t, s, c, bridge.Answer{Status: 500, Body: []byte("a later one")})
		held := claimed(t, s, withKey(t, key))
		if held.Answer == nil || held.Answer.Status != 201 || !bytes.Equal(held.Answer.Body, body) {
			t.Errorf("%s: got %+v, want the first answer, 201 with %d bytes", key, held.Answer, len(body))
		}
		if held.Subject != string(c.Order.ID) || held.Digest != c.Claim.Digest {
			t.Errorf("%s: got order %s, want %s and the first digest", key, held.Subject, c.Order.ID)
		}
	}
}

func answer(t testing.TB, s Store, c *bridge.Change, a bridge.Answer) {
	t.Helper()
	update(t, s, c.Order.ID, func(u *bridge.Change) {
		u.Answer = &bridge.KeyAnswer{Scope: c.Claim.Scope, Key: c.Claim.Key, Answer: a}
	})
}

func answerAtOnce(t *testing.T, s Store) {
	c := withKey(t, "k1")
	c.Claim.Answer = &bridge.Answer{Status: 201, Body: []byte("{}")}
	claimed(t, s, c)
	same(t, "the claim", claimed(t, s, withKey(t, "k1")), *c.Claim)
}

func claimLater(t *testing.T, s Store) {
	id := create(t, s, NewOrder(t))
	first, second := claim("refund", id), claim("refund", id)
	second.CreatedAt = Epoch.Add(time.Hour)
	for _, try := range []bridge.Claim{first, second} {
		held, err := s.Claim(context.Background(), try)
		if err != nil {
			t.Fatalf("Claim: got %v, want nil", err)
		}
		same(t, "the claim returned", held, first)
	}
}

func claimWithoutOrder(t *testing.T, s Store) {
	c := NewOrder(t)
	_, err := s.Claim(context.Background(), claim("k1", c.Order.ID))
	wantKind(t, "Claim", err, fault.NotFound)
	k := claim("k1", c.Order.ID)
	c.Claim = &k
	same(t, "the key afterwards", claimed(t, s, c), k)
}

// oddKeys are keys that wallets and clients may send. A database that stores valid text
// only must neither reject them nor confuse them.
func oddKeys(t *testing.T, s Store) {
	owners := make(map[string]bridge.OrderID)
	keys := []string{"k", "k\x00", "k\xff", "k\xfe", "k\ufffd", `k\xff`, "\x01k", "\x01\"k\\xff\"", `"k"`}
	for _, key := range keys {
		c := withKey(t, key)
		c.Order.Reference = key
		same(t, "the claim of a new key", claimed(t, s, c), *c.Claim)
		owners[key] = c.Order.ID
		update(t, s, c.Order.ID, func(c *bridge.Change) {
			AddPaid(c, 1)
			c.PaymentIDs = []bridge.PaymentKey{{Wallet: "sandbox", PaymentID: key}}
		})
		oddNotification(t, s, c.Order.ID, key)
		_, err := s.Order(context.Background(), bridge.OrderID(key))
		wantKind(t, "an order of that name", err, fault.NotFound)
	}
	for _, key := range keys {
		if held := claimed(t, s, withKey(t, key)); held.Subject != string(owners[key]) {
			t.Errorf("the claim of %q: got order %s, want %s", key, held.Subject, owners[key])
		}
		id, err := s.OrderByPaymentID(context.Background(), bridge.PaymentKey{Wallet: "sandbox", PaymentID: key})
		if err != nil || id != owners[key] {
			t.Errorf("OrderByPaymentID of %q: got %s, %v, want %s", key, id, err, owners[key])
		}
	}
}

func oddNotification(t *testing.T, s Store, id bridge.OrderID, key string) {
	t.Helper()
	ctx := context.Background()
	item := store.InboxItem{
		ID: notificationID(len(key)) + string(id), Wallet: "sandbox", EventID: key, Order: id, RequestID: key, PaymentID: key,
		Event: []byte("{}"), Body: []byte("{}"), ReceivedAt: Epoch,
	}
	if err := s.KeepNotification(ctx, item); err != nil {
		t.Errorf("KeepNotification of %q: got %v, want nil", key, err)
	}
	list, err := s.Inbox(ctx, id, nil)
	if err != nil || len(list) != 1 || list[0].EventID != key || list[0].RequestID != key || list[0].PaymentID != key {
		t.Errorf("Inbox: got %+v, %v, want the notification %q", list, err, key)
	}
}

func heldClaims(t *testing.T, s Store) {
	ctx := context.Background()
	c := withKey(t, "k1")
	_, err := s.HeldClaim(ctx, c.Claim.Scope, "k1")
	wantKind(t, "the claim of a key that is free", err, fault.NotFound)
	want := claimed(t, s, c)
	for range 2 {
		got, err := s.HeldClaim(ctx, c.Claim.Scope, "k1")
		if err != nil {
			t.Fatalf("HeldClaim: got %v, want nil", err)
		}
		same(t, "the claim that is held", got, want)
		want.Answer = &bridge.Answer{Status: 201, Body: []byte{0, 255}}
		answer(t, s, c, *want.Answer)
	}
	for _, other := range [][2]string{{"app:other", "k1"}, {c.Claim.Scope, "k2"}, {"", ""}, {"\x00", "\xff"}} {
		_, err := s.HeldClaim(ctx, other[0], other[1])
		wantKind(t, "the claim of another key", err, fault.NotFound)
	}
}

func prune(t *testing.T, s Store) {
	old, young := withKey(t, "old"), withKey(t, "young")
	young.Claim.CreatedAt = Epoch.Add(time.Millisecond)
	claimed(t, s, young)
	claimed(t, s, old)
	if err := s.Prune(context.Background(), young.Claim.CreatedAt); err != nil {
		t.Fatalf("Prune: got %v, want nil", err)
	}
	again := withKey(t, "old")
	same(t, "the old key is free", claimed(t, s, again), *again.Claim)
	same(t, "the young key is held", claimed(t, s, withKey(t, "young")), *young.Claim)
	order(t, s, old.Order.ID)
	answer(t, s, old, bridge.Answer{Status: 201})
}
