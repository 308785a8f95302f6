package indextest

import (
	"context"
	"errors"
	"testing"

	"github.com/minitill/minitill/bridge/console/index"
)

var contextTests = []test{
	{"a write whose context ends leaves nothing, and the next one is made", endsWithItsContext},
}

func endsWithItsContext(t *testing.T, db index.Database) {
	const put = "insert into console1_names (app, name, id) values (?, ?, ?)"
	row := func(name string) [][]any { return [][]any{{int64(1), name, []byte("id")}} }
	ctx, cancel := context.WithCancel(context.Background())
	err := db.Write(ctx, func(tx index.Tx) error {
		if err := tx.Exec(ctx, put, row("first")); err != nil {
			return err
		}
		cancel()
		return tx.Exec(ctx, put, row("second"))
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
	if err := db.Write(context.Background(), func(tx index.Tx) error { return tx.Exec(context.Background(), put, row("third")) }); err != nil {
		t.Fatal(err)
	}
	var names []string
	err = db.Read(context.Background(), func(tx index.Tx) error {
		return tx.Query(context.Background(), "select name from console1_names", [][]any{{}}, func(_ int, row index.Row) error {
			var name string
			err := row.Scan(&name)
			names = append(names, name)
			return err
		})
	})
	if err != nil || len(names) != 1 || names[0] != "third" {
		t.Errorf("got %v, %v, want the third only", names, err)
	}
}
