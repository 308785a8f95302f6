package postgres_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/fault"
)

// Two parameters are the pool's and the driver's; the rest is PostgreSQL's own.
func ExampleOpen() {
	_, err := postgres.Open(context.Background(),
		"postgres://minitill@127.0.0.1:1/minitill?pool_max_conns=8&default_query_exec_mode=exec")
	fmt.Println(errors.Is(err, fault.Unavailable))
	// Output: true
}
