package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minitill/minitill/bridge/store/sqlite"
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
	store, err := sqlite.Open(ctx, filepath.Join(dir, "minitill.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	_, err = store.Order(ctx, "ord_01JD8X5Q0ZK3V9M7T2B4C6D8EF")
	fmt.Println(errors.Is(err, fault.NotFound))
	// Output: true
}
