package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/agreement"
	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
)

var agreementTests = []test{
	{"an agreement is found by its id, its reference and its token", agreementFound},
	{"an agreement is stored once for a key", agreementOncePerKey},
	{"an agreement that exists is not stored again", agreementTwice},
	{"an update of an agreement leaves behind what change did", agreementUpdates},
	{"the answer to a request moves with the agreement", agreementAnswered},
	{"an update of an agreement is made once for a key", agreementUpdatedOncePerKey},
	{"an error from change leaves the agreement and the key as they were", agreementChangeFails},
	{"updates of one agreement at once lose nothing", agreementConcurrently},
	{"agreements are listed by app, the newest first", agreementsListed},
}

// agreementID is the nth id: they sort by n.
func agreementID(n int) bridge.AgreementID {
	return bridge.AgreementID(fmt.Sprintf("agr_01KAGD3Z8Q9M5X7T2V4B6N%04d", n))
}

func agreementRow(n int) agreement.Agreement {
	id := agreementID(n)
	return agreement.Agreement{
		ID: id, App: "shop", Wallet: "purse", Reference: string(id[len(id)-16:]), Status: agreement.Active,
		Payer: wallet.Payer{ID: "2088"}, Title: "Rides", Description: "Pay for <rides> & more \x00", Language: "ar-IQ",
		Limit: wallet.Money{Minor: 5000, Currency: "USD"}, Token: "v1.k.token", Refresh: "v1.k.refresh",
		TokenDigest: fmt.Sprint("digest of ", n), ExpiresAt: Epoch.Add(time.Hour), RefreshExpires: Epoch.Add(24 * time.Hour),
		Action:    &wallet.Action{Type: wallet.ActionSign, URL: "https://wallet.example/sign?a=1&b=%2B"},
		CreatedAt: Epoch, SignedAt: Epoch.Add(time.Minute), BusyUntil: Epoch.Add(2 * time.Minute),
	}
}

func addAgreement(t testing.TB, s Store, a agreement.Agreement, claim *bridge.Claim) bridge.Claim {
	t.Helper()
	held, err := s.AddAgreement(context.Background(), a, claim)
	if err != nil {
		t.Fatalf("AddAgreement: got %v, want nil", err)
	}
	return held
}

func wantAgreement(t testing.TB, s Store, want agreement.Agreement) {
	t.Helper()
	got, err := s.Agreement(context.Background(), want.ID)
	if err != nil {
		t.Fatalf("Agreement: got %v, want nil", err)
	}
	same(t, "the agreement", got, want)
}

func agreementFound(t *testing.T, s Store) {
	ctx := context.Background()
	full, newer := agreementRow(1), agreementRow(2)
	newer.TokenDigest = full.TokenDigest // a wallet may give one payer one token
	bare := agreement.Agreement{ID: agreementID(3), App: "other", Wallet: "other", Reference: full.Reference, Status: agreement.Pending, CreatedAt: Epoch}
	for _, a := range []agreement.Agreement{full, newer, bare} {
		same(t, "the claim of none", addAgreement(t, s, a, nil), bridge.Claim{})
		wantAgreement(t, s, a)
	}
	got, err := s.AgreementByReference(ctx, "purse", full.Reference)
	same(t, "the agreement of a reference", got, full)
	if err != nil || !got.EndedAt.IsZero() {
		t.Errorf("AgreementByReference: got an end at %v and %v, want none", got.EndedAt, err)
	}
	got, err = s.AgreementByToken(ctx, "purse", full.TokenDigest)
	if err != nil {
		t.Errorf("AgreementByToken: got %v, want nil", err)
	}
	same(t, "the newest agreement of a token", got, newer)
	for what, find := range map[string]func() (agreement.Agreement, error){
		"an id":                       func() (agreement.Agreement, error) { return s.Agreement(ctx, agreementID(9)) },
		"a reference":                 func() (agreement.Agreement, error) { return s.AgreementByReference(ctx, "purse", "Z") },
		"another wallet's reference":  func() (agreement.Agreement, error) { return s.AgreementByReference(ctx, "other", newer.Reference) },
		"a token":                     func() (agreement.Agreement, error) { return s.AgreementByToken(ctx, "purse", "z") },
		"another wallet's token":      func() (agreement.Agreement, error) { return s.AgreementByToken(ctx, "other", full.TokenDigest) },
		"no token, as those unsigned": func() (agreement.Agreement, error) { return s.AgreementByToken(ctx, "other", "") },
		"a reference with odd bytes":  func() (agreement.Agreement, error) { return s.AgreementByReference(ctx, "purse", "\x00\xff") },
		"a reference of a whole sermon": func() (agreement.Agreement, error) {
			return s.AgreementByReference(ctx, "purse", strings.Repeat("R", 5000))
		},
	} {
		_, err := find()
		wantKind(t, what, err, fault.NotFound)
	}
}

func agreementOncePerKey(t *testing.T, s Store) {
	first, second := claim("k1", agreementID(1)), claim("k1", agreementID(2))
	same(t, "the claim", addAgreement(t, s, agreementRow(1), &first), first)
	same(t, "the claim that is held", addAgreement(t, s, agreementRow(2), &second), first)
	same(t, "the claim that is held, for the same agreement", addAgreement(t, s, agreementRow(1), &second), first)
	_, err := s.Agreement(context.Background(), agreementID(2))
	wantKind(t, "the second agreement", err, fault.NotFound)
}

func agreementTwice(t *testing.T, s Store) {
	addAgreement(t, s, agreementRow(1), nil)
	again, echo, k := agreementRow(1), agreementRow(2), answered("k1", "")
	again.Reference, echo.Reference = "ANOTHER", agreementRow(1).Reference
	for what, a := range map[string]agreement.Agreement{"the same id": again, "the same reference": echo} {
		_, err := s.AddAgreement(context.Background(), a, &k)
		wantKind(t, what, err, fault.Conflict)
		_, err = s.AddAgreement(context.Background(), a, nil)
		wantKind(t, what+" without a key", err, fault.Conflict)
	}
	wantAgreement(t, s, agreementRow(1))
	same(t, "the key is free", addAgreement(t, s, agreementRow(3), &k), k)
}

func agreementUpdates(t *testing.T, s Store) {
	addAgreement(t, s, agreementRow(1), nil)
	addAgreement(t, s, agreementRow(2), nil)
	want := agreementRow(1)
	want.Status, want.Token, want.Refresh, want.Action = agreement.Ended, "", "", nil
	want.EndedAt, want.BusyUntil, want.TokenDigest = Epoch.Add(time.Hour), time.Time{}, "another"
	got, held, err := s.UpdateAgreement(context.Background(), agreementID(1), nil, func(c *agreement.Change) error {
		same(t, "the agreement as it is", c.Agreement, agreementRow(1))
		c.Agreement = want
		c.Agreement.EndedAt = want.EndedAt.Add(time.Microsecond).In(time.FixedZone("there", 3600))
		// What an agreement is stays.
		a := &c.Agreement
		a.ID, a.App, a.Wallet, a.Reference, a.CreatedAt = agreementID(9), "other", "other", "OTHER", Epoch.Add(time.Hour)
		return nil
	})
	if err != nil || held.Key != "" {
		t.Fatalf("UpdateAgreement: got %+v, %v, want no claim and no error", held, err)
	}
	same(t, "the agreement returned", got, want)
	wantAgreement(t, s, want)
	wantAgreement(t, s, agreementRow(2))
	if got, err := s.AgreementByToken(context.Background(), "purse", "another"); err != nil || got.ID != want.ID {
		t.Errorf("AgreementByToken: got %s, %v, want %s by its new token", got.ID, err, want.ID)
	}
	_, err = s.AgreementByToken(context.Background(), "purse", agreementRow(1).TokenDigest)
	wantKind(t, "the token before", err, fault.NotFound)
	_, _, err = s.UpdateAgreement(context.Background(), agreementID(9), nil, func(*agreement.Change) error { return nil })
	wantKind(t, "UpdateAgreement of none", err, fault.NotFound)
}

func agreementAnswered(t *testing.T, s Store) { agreementAnsweredOf(t, s, "k1") }

func agreementAnsweredOf(t *testing.T, s Store, key string) {
	t.Helper()
	ctx := context.Background()
	k := claim(key, agreementID(1))
	addAgreement(t, s, agreementRow(1), &k)
	for _, body := range []string{"first", "second"} {
		_, _, err := s.UpdateAgreement(ctx, agreementID(1), nil, func(c *agreement.Change) error {
			c.Answer = &bridge.KeyAnswer{Scope: k.Scope, Key: k.Key, Answer: bridge.Answer{Status: 200, Body: []byte(body)}}
			return nil
		})
		if err != nil {
			t.Fatalf("UpdateAgreement: got %v, want nil", err)
		}
	}
	want := k
	want.Answer = &bridge.Answer{Status: 200, Body: []byte("first")}
	_, held, err := s.UpdateAgreement(ctx, agreementID(1), &k, func(*agreement.Change) error {
		t.Error("change was run for a key that is held")
		return nil
	})
	if err != nil {
		t.Errorf("UpdateAgreement: got %v, want nil", err)
	}
	same(t, "the claim with its first answer", held, want)
}

func agreementUpdatedOncePerKey(t *testing.T, s Store) {
	ctx := context.Background()
	addAgreement(t, s, agreementRow(1), nil)
	first, second := claim("k1", ""), claim("k1", "")
	for i, k := range []*bridge.Claim{&first, &second} {
		got, held, err := s.UpdateAgreement(ctx, agreementID(1), k, retitle(fmt.Sprint("title ", i)))
		if err != nil || got.Title != "title 0" {
			t.Errorf("UpdateAgreement: got %q, %v, want the first title", got.Title, err)
		}
		same(t, "the claim", held, first)
	}
	_, held, err := s.UpdateAgreement(ctx, agreementID(9), &second, retitle(""))
	if err != nil {
		t.Errorf("UpdateAgreement of none: got %v, want the claim that is held", err)
	}
	same(t, "the claim that is held where no agreement is", held, first)
}

func retitle(title string) func(*agreement.Change) error {
	return func(c *agreement.Change) error {
		c.Agreement.Title = title
		return nil
	}
}

func agreementChangeFails(t *testing.T, s Store) {
	addAgreement(t, s, agreementRow(1), nil)
	refusal, k := errors.New("refused"), answered("k1", "")
	_, _, err := s.UpdateAgreement(context.Background(), agreementID(1), &k, func(c *agreement.Change) error {
		c.Agreement.Title, c.Agreement.Action.URL = "bad", "https://bad.example"
		return refusal
	})
	if err != refusal {
		t.Errorf("UpdateAgreement: got %v, want the very error that change returned", err)
	}
	wantAgreement(t, s, agreementRow(1))
	same(t, "the key is free", addAgreement(t, s, agreementRow(2), &k), k)
}

func agreementConcurrently(t *testing.T, s Store) {
	const callers = 20
	a := agreementRow(1)
	a.Title = ""
	addAgreement(t, s, a, nil)
	together(callers, func(int) {
		_, _, err := s.UpdateAgreement(context.Background(), agreementID(1), nil, func(c *agreement.Change) error {
			c.Agreement.Title += "x"
			return nil
		})
		if err != nil {
			t.Errorf("UpdateAgreement: got %v, want nil", err)
		}
	})
	a.Title = strings.Repeat("x", callers)
	wantAgreement(t, s, a)
}

func agreementsListed(t *testing.T, s Store) {
	ctx := context.Background()
	for n := 1; n <= 5; n++ {
		a := agreementRow(n)
		if n == 3 {
			a.Status = agreement.Ended
		}
		addAgreement(t, s, a, nil)
	}
	foreign := agreementRow(6)
	foreign.App = "other"
	addAgreement(t, s, foreign, nil)
	list := func(q agreement.Query) (ids []bridge.AgreementID) {
		t.Helper()
		found, err := s.Agreements(ctx, q)
		if err != nil {
			t.Fatalf("Agreements: got %v, want nil", err)
		}
		for _, a := range found {
			ids = append(ids, a.ID)
		}
		return ids
	}
	id := agreementID
	same(t, "a page", list(agreement.Query{App: "shop", Limit: 2}), []bridge.AgreementID{id(5), id(4)})
	same(t, "the next", list(agreement.Query{App: "shop", Limit: 9, Before: id(4)}), []bridge.AgreementID{id(3), id(2), id(1)})
	same(t, "those of a status", list(agreement.Query{App: "shop", Limit: 2, Status: agreement.Active, Before: id(5)}), []bridge.AgreementID{id(4), id(2)})
	same(t, "nobody's", list(agreement.Query{App: "nobody", Limit: 2}), nil)
	for _, before := range []bridge.AgreementID{id(6), id(9)} {
		_, err := s.Agreements(ctx, agreement.Query{App: "shop", Limit: 2, Before: before})
		wantKind(t, "behind "+string(before), err, fault.NotFound)
	}
}
