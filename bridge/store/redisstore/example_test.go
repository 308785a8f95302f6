package redisstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/minitill/minitill/bridge/store/redisstore"
)

func ExampleOpen() {
	ctx := context.Background()
	store, err := redisstore.Open(ctx, redisstore.Config{}) // embedded
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	for range 2 {
		first, err := store.Once(ctx, "quote", "nonce-1", time.Minute)
		fmt.Println(first, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}
