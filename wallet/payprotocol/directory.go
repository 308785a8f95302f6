package payprotocol

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/minitill/minitill/fault"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/wire"
)

// How long a list of the provider's is used: one without the requested entry is fetched again
// sooner.
const (
	listAge      = time.Hour
	listPause    = time.Minute
	mostDecimals = 36
	mostMethods  = 64
)

// token is a currency on one chain. The same symbol may have other decimals on another.
type token struct {
	ID, Chain int64
	Symbol    string
	Decimals  int
}

// directory caches the provider's lists of chains and of tokens by chain.
type directory struct {
	mu     sync.Mutex
	tokens map[int64]listing[token]
	chains listing[chain]
}

type listing[T any] struct {
	all []T
	at  time.Time // of the fetch
}

type chain struct {
	ID   int64
	Name string
}

// tokenJSON is one entry of conf/list/currency; its icons are large and not read.
type tokenJSON struct {
	CurrencyID wire.Literal `json:"currencyId"`
	ChainID    wire.Literal `json:"chainId"`
	Symbol     string       `json:"symbol"`
	Decimals   wire.Literal `json:"decimals"`
}

type chainJSON struct {
	ChainID   wire.Literal `json:"chainId"`
	ChainName string       `json:"chainName"`
}

// bySymbol returns the token of a symbol on a chain. Two tokens of one symbol are ambiguous.
//
// Faults: NotFound; Unavailable and Unknown when the list could not be read.
func (w *Wallet) bySymbol(ctx context.Context, chain int64, symbol string) (token, error) {
	return w.token(ctx, chain, func(t token) bool { return t.Symbol == symbol })
}

// byMethod returns the token of an id on a chain.
func (w *Wallet) byMethod(ctx context.Context, m method) (token, error) {
	return w.token(ctx, m.chain, func(t token) bool { return t.ID == m.currency })
}

func (w *Wallet) token(ctx context.Context, chain int64, is func(token) bool) (token, error) {
	for _, age := range []time.Duration{listAge, listPause} {
		all, err := w.tokensOf(ctx, chain, age)
		if err != nil {
			return token{}, err
		}
		if i := slices.IndexFunc(all, is); i >= 0 && !slices.ContainsFunc(all[i+1:], is) {
			return all[i], nil
		}
	}
	return token{}, fault.New(fault.NotFound, "payprotocol.token", "The wallet has no such token on this chain.")
}

// tokensOf returns the list of a chain's tokens, at most so old.
func (w *Wallet) tokensOf(ctx context.Context, chain int64, age time.Duration) ([]token, error) {
	w.lists.mu.Lock()
	known := w.lists.tokens[chain]
	w.lists.mu.Unlock()
	if known.fresh(w.now(), age) {
		return known.all, nil
	}
	var out []tokenJSON
	if err := w.get(ctx, "payprotocol.currencies", pathCurrencies, wire.Query("chainId", strconv.FormatInt(chain, 10)), &out); err != nil {
		return nil, unlisted(err)
	}
	fetched := listing[token]{at: w.now()}
	for i := range out {
		if t, usable := out[i].token(); usable && t.Chain == chain {
			fetched.all = append(fetched.all, t)
		}
	}
	w.lists.mu.Lock()
	defer w.lists.mu.Unlock()
	if w.lists.tokens == nil {
		w.lists.tokens = make(map[int64]listing[token])
	}
	w.lists.tokens[chain] = fetched
	return fetched.all, nil
}

func (l *listing[T]) fresh(now time.Time, age time.Duration) bool {
	return !l.at.IsZero() && now.Sub(l.at) < age
}

func (t *tokenJSON) token() (token, bool) {
	id, okID := t.CurrencyID.Int()
	chain, okChain := t.ChainID.Int()
	decimals, okDecimals := t.Decimals.Int()
	usable := okID && okChain && okDecimals && decimals >= 0 && decimals <= mostDecimals && t.Symbol != "" && wire.ValidIDs(t.Symbol)
	return token{id, chain, t.Symbol, int(decimals)}, usable
}

// unlisted is the fault of a list that could not be fetched; its NotFound must not be taken for
// that of a payment.
func unlisted(err error) error {
	return wire.Reclassify(err, fault.Unknown, fault.NotFound)
}

// chainNames returns the names of the provider's chains.
func (w *Wallet) chainNames(ctx context.Context) ([]chain, error) {
	w.lists.mu.Lock()
	known := w.lists.chains
	w.lists.mu.Unlock()
	if known.fresh(w.now(), listAge) {
		return known.all, nil
	}
	var out []chainJSON
	if err := w.get(ctx, "payprotocol.chains", pathChains, "", &out); err != nil {
		return nil, unlisted(err)
	}
	fetched := listing[chain]{at: w.now()}
	for _, c := range out {
		if id, ok := c.ChainID.Int(); ok {
			fetched.all = append(fetched.all, chain{id, wire.Clip(c.ChainName)})
		}
	}
	w.lists.mu.Lock()
	defer w.lists.mu.Unlock()
	w.lists.chains = fetched
	return fetched.all, nil
}

// method is a token on a chain, as payers choose it: 136-2 is the platform's currency 2 on its
// chain 136.
type method struct{ chain, currency int64 }

func parseMethod(id string) (method, bool) {
	chain, currency, found := strings.Cut(id, "-")
	c, errChain := strconv.ParseInt(chain, 10, 32)
	t, errToken := strconv.ParseInt(currency, 10, 32)
	m := method{c, t}
	return m, found && errChain == nil && errToken == nil && c > 0 && t > 0 && m.String() == id
}

func (m method) String() string {
	return strconv.FormatInt(m.chain, 10) + "-" + strconv.FormatInt(m.currency, 10)
}

// offered reports whether the settings let payers choose a method.
func (w *Wallet) offered(m method) bool {
	return len(w.methods) == 0 || slices.Contains(w.methods, m.String())
}

// methodsIn returns the methods of one token: those of the settings, or all on the configured
// chain.
func (w *Wallet) methodsIn(ctx context.Context, currency wallet.Currency) ([]wallet.Method, error) {
	names, err := w.chainNames(ctx)
	if err != nil {
		return nil, err
	}
	tokens, err := w.candidates(ctx)
	if err != nil {
		return nil, err
	}
	var all []wallet.Method
	for _, t := range tokens {
		if t.Symbol == string(currency) && len(all) < mostMethods {
			all = append(all, wallet.Method{ID: method{t.Chain, t.ID}.String(), Name: t.Symbol + " · " + nameOf(names, t.Chain)})
		}
	}
	return all, nil
}

// candidates returns the tokens that payers may choose.
func (w *Wallet) candidates(ctx context.Context) ([]token, error) {
	if len(w.methods) == 0 {
		return w.tokensOf(ctx, w.chain, listAge)
	}
	var all []token
	for _, id := range w.methods {
		m, _ := parseMethod(id) // Open has refused malformed ones
		t, err := w.byMethod(ctx, m)
		switch {
		case err != nil && fault.KindOf(err) == fault.NotFound: // no longer offered by the provider
		case err != nil:
			return nil, err
		default:
			all = append(all, t)
		}
	}
	return all, nil
}

func nameOf(chains []chain, id int64) string {
	for _, c := range chains {
		if c.ID == id && c.Name != "" {
			return c.Name
		}
	}
	return strconv.FormatInt(id, 10)
}
