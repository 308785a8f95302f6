package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/bridge/console/index"
	"github.com/minitill/minitill/bridge/console/index/indextest"
	"github.com/minitill/minitill/bridge/console/index/sqlite"
)

// An index follows the feed of a store. Here it takes its steps by itself; a server calls Run.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	db, err := sqlite.Open(ctx, filepath.Join(dir, "console.db"))
	if err != nil {
		panic(err)
	}
	feed := indextest.NewFeed() // of a store
	feed.Create(indextest.New{App: "shop", Reference: "INV-42"})
	x := index.New(db, index.Config{Source: feed, Apps: []string{"shop"}})
	defer x.Close()
	for more := true; more && err == nil; {
		more, err = x.RunOnce(ctx)
	}
	page, err := x.List(ctx, index.Query{App: "shop", Text: "inv-42"})
	if err != nil {
		panic(err)
	}
	fmt.Println(page.Entries[0].Reference, page.Entries[0].Amount)
	// Output: INV-42 12.50 PHP
}
