package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/bridge/store/sqlstore"
	"github.com/minitill/minitill/fault"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "minitill")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	store, err := sqlstore.Open(ctx, filepath.Join(dir, "minitill.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	_, err = store.Order(ctx, "ord_01JD8X5Q0ZK3V9M7T2B4C6D8EF")
	fmt.Println(errors.Is(err, fault.NotFound))
	// Output: true
}

// Two parameters are the pool's and the driver's; the rest is PostgreSQL's own.
func ExampleOpenPostgres() {
	_, err := sqlstore.OpenPostgres(context.Background(),
		"postgres://minitill@127.0.0.1:1/minitill?pool_max_conns=8&default_query_exec_mode=exec")
	fmt.Println(errors.Is(err, fault.Unavailable))
	// Output: true
}
