package index

import (
	"context"
	"slices"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

// kind is what orders of one kind have in common.
type kind struct {
	status   wallet.Status
	wallet   string
	currency wallet.Currency
}

// kinds are the kinds of orders that an app has. There are as many as its wallets have
// statuses and currencies, so a filter reads the list of each kind that it selects.
type kinds struct {
	app    int64
	number map[kind]int64
	next   int64
	added  [][]any // arguments of putKind
}

const (
	readKinds = "select kind, app, status, wallet, currency from " + kindsTable
	putKind   = "insert into " + kindsTable + " (kind, app, status, wallet, currency) values (?, ?, ?, ?, ?)"
)

func loadKinds(ctx context.Context, tx Tx, app int64) (*kinds, error) {
	k := &kinds{app: app, number: make(map[kind]int64), next: 1}
	err := tx.Query(ctx, readKinds, one(), func(_ int, row Row) error {
		var n, of int64
		var status, name, currency string
		if err := row.Scan(&n, &of, &status, &name, &currency); err != nil {
			return err
		}
		k.next = max(k.next, n+1)
		if of == app {
			k.number[kind{wallet.Status(status), name, wallet.Currency(currency)}] = n
		}
		return nil
	})
	return k, err
}

// Currencies returns the currencies of an app's orders, sorted: sums are of one.
//
// Faults: Unavailable.
func (x *Index) Currencies(ctx context.Context, app string) (found []wallet.Currency, err error) {
	err = x.read(ctx, "index.Currencies", func(tx Tx) error {
		p, err := loadProgress(ctx, tx, app)
		if err != nil || p.app == 0 {
			return err
		}
		k, err := loadKinds(ctx, tx, p.app)
		for is := range k.number {
			found = append(found, is.currency)
		}
		return err
	})
	slices.Sort(found)
	return slices.Compact(found), err
}

// of returns the kind of an order, which is added when it is new.
func (k *kinds) of(s *state) int64 {
	o := &s.Order
	is := kind{o.Status, lastWallet(o), o.Amount.Currency}
	if k.number[is] == 0 {
		k.number[is] = k.next
		k.added = append(k.added, []any{k.next, k.app, string(is.status), is.wallet, string(is.currency)})
		k.next++
	}
	return k.number[is]
}

// matching returns the kinds that a filter selects.
func (k *kinds) matching(f *Filter) (found []int64) {
	for is, n := range k.number {
		if is.matches(f) {
			found = append(found, n)
		}
	}
	return found
}

func (is kind) matches(f *Filter) bool {
	return (f.Status == "" || f.Status == is.status) && (f.Wallet == "" || f.Wallet == is.wallet) &&
		(f.Currency == "" || f.Currency == is.currency)
}

// matches reports whether an order is in the list of a filter, its time aside.
func (s *state) matches(f *Filter) bool {
	o := &s.Order
	is := kind{o.Status, lastWallet(o), o.Amount.Currency}
	switch f.Attention {
	case "":
		return is.matches(f)
	case AnyAttention:
		return is.matches(f) && len(o.Attention()) > 0
	}
	return is.matches(f) && o.Flagged(bridge.Attention(f.Attention))
}
