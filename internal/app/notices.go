package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge/console"
	"github.com/minitill/minitill/bridge/notice"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/bridge/webhook"
)

// noticeConfig returns how notices are sent; public is how the server is reached.
func (c *config) noticeConfig(public string) (notice.Config, error) {
	keys, err := c.Notices.keys()
	return notice.Config{
		URL: c.Notices.URL, Keys: keys, HTTP: webhook.Client(c.Notices.Private), Console: c.consoleURL(public) + console.Path,
	}, err
}

// addNotices sends the operator what needs a person, where an address is configured.
func (n *node) addNotices(c *config, db database, m *merchants) error {
	surveyor, ok := db.(store.Surveyor)
	if c.Notices.URL == "" || !ok {
		return nil
	}
	config, err := c.noticeConfig(n.public)
	if err != nil {
		return err
	}
	w := &notice.Watch{Store: watchedStore{db, surveyor}, Wallets: n.engine.Wallets, Now: n.clock.Now}
	for i := range m.apps {
		w.Apps = append(w.Apps, m.apps[i].Name)
	}
	config.Store, config.Conditions, config.Local, config.Log, config.Now = db, w.Conditions, w.Local, n.log, n.clock.Now
	n.loops = append(n.loops, notice.New(config).Run)
	return nil
}

// watchedStore is a database that counts open work.
type watchedStore struct {
	database
	store.Surveyor
}

// noticesCommand is about the notices to the operator.
type noticesCommand struct {
	Test testNoticeCommand `cmd:"" help:"Send a test notice to notices.url, once, and say what became of it."`
}

type testNoticeCommand struct{ flags }

// Run sends the notice from this machine.
func (c *testNoticeCommand) Run(ctx context.Context, env Env) error {
	configured, err := c.load()
	if err != nil {
		return err
	}
	if configured.Notices.URL == "" {
		return errors.New("no address is configured: set notices.url and notices.secretFile")
	}
	config, err := configured.noticeConfig(configured.reachedAt())
	if err != nil {
		return err
	}
	config.Now = time.Now
	if err := notice.New(config).SendTest(ctx); err != nil {
		return fmt.Errorf("the notice was not accepted: %w", err)
	}
	_, err = fmt.Fprintf(env.Out, "The notice was accepted by %s.\n", configured.Notices.URL)
	return err
}
