package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/server"
	"github.com/minitill/minitill/bridge/store/redisstore"
	"github.com/minitill/minitill/bridge/store/sqlstore"
	"github.com/minitill/minitill/signing"
	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/sandbox"
)

// issuer is in every token. It is not the public URL, which may change while tokens
// and receipts live on.
const issuer = "minitill"

// options are what a node is started with.
type options struct {
	listen, data string
	sdk          fs.FS
	log          *slog.Logger

	// The next are for tests that keep the provider in another process.
	provider    *sandbox.Config
	expiry      time.Duration
	callTimeout time.Duration
}

// node is everything that runs in this process.
type node struct {
	public  string // how wallets and browsers reach us
	data    string
	log     *slog.Logger
	engine  *bridge.Engine
	server  *server.Server
	handler http.Handler
	loops   []func(context.Context) error
	closers []func() error // closed in reverse
}

// newNode builds a node that has no configuration: everything is embedded.
func newNode(ctx context.Context, o options, public string) (*node, error) {
	n := &node{public: public, data: o.data, log: o.log}
	if err := n.build(ctx, o); err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *node) build(ctx context.Context, o options) error {
	store, err := sqlstore.Open(ctx, filepath.Join(o.data, "minitill.db"))
	if err != nil {
		return err
	}
	n.closeLater(store.Close)
	redis, err := redisstore.Open(ctx, redisstore.Config{})
	if err != nil {
		return err
	}
	n.closeLater(redis.Close)
	demo, err := n.addSandbox(o)
	if err != nil {
		return err
	}
	if err := n.addEngine(o, store, redis, demo); err != nil {
		return err
	}
	tokens, err := n.tokens()
	if err != nil {
		return err
	}
	n.addServer(o, tokens, redis, demo)
	return nil
}

func (n *node) addEngine(o options, store bridge.Store, redis *redisstore.Store, s *sandboxed) (err error) {
	n.engine, err = bridge.New(bridge.Config{
		Store: store, PublicURL: n.public, Feed: redis, Log: n.log, CallTimeout: o.callTimeout,
		Wallets: map[string]wallet.Wallet{sandboxWallet: s.wallet},
		Apps:    []bridge.App{s.app},
	})
	if err == nil {
		n.loops = append(n.loops, n.engine.Run)
	}
	return err
}

func (n *node) tokens() (*signing.Tokens, error) {
	ring, err := loadKeyring(n.data)
	if err != nil {
		return nil, err
	}
	return signing.NewTokens(ring.Config(issuer))
}

func (n *node) addServer(o options, tokens *signing.Tokens, redis *redisstore.Store, s *sandboxed) {
	n.server = server.New(n.engine, server.Config{
		Tokens: tokens, PublicURL: n.public, Limiter: limits{redis}, Nonces: redis,
		SDK: o.sdk, Version: version(), Log: n.log,
	})
	mux := http.NewServeMux()
	mux.Handle("/", n.server)
	s.mount(mux, n, tokens)
	n.handler = mux
}

// drain says that the node is about to stop: it is no longer ready, and nobody waits
// for news any more.
func (n *node) drain() {
	n.server.Retire()
	n.engine.Drain()
}

func (n *node) closeLater(f func() error) { n.closers = append(n.closers, f) }

func (n *node) close() error {
	var faults []error
	for i := len(n.closers) - 1; i >= 0; i-- {
		faults = append(faults, n.closers[i]())
	}
	n.closers = nil
	return errors.Join(faults...)
}
