package fault_test

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/minitill/minitill/fault"
)

func ExampleNew() {
	err := fmt.Errorf("creating the order: %w", fault.New(fault.Declined, "sandbox.CreatePayment", "The payer's balance is too low."))
	fmt.Println(errors.Is(err, fault.Declined), errors.Is(err, fault.Unknown))
	fmt.Println(fault.Of(err).Detail) // for the caller
	fmt.Println(err)                  // for the log
	// Output:
	// true false
	// The payer's balance is too low.
	// creating the order: sandbox.CreatePayment: declined: The payer's balance is too low.
}

func ExampleWrap() {
	err := fault.Wrap(fault.Unavailable, "sqlite.Order", errors.New("disk I/O error"))
	fmt.Println(err)
	fmt.Printf("%q\n", err.Detail) // the cause is not shown to callers
	// Output:
	// sqlite.Order: unavailable: disk I/O error
	// ""
}

func ExampleKindOf() {
	fmt.Println(fault.KindOf(fault.NotFound))
	fmt.Println(fault.KindOf(fault.Wrap(fault.Unknown, "wallet.Refund", fault.Unauthenticated))) // the outermost
	fmt.Println(fault.KindOf(errors.New("an error of another package")))
	// Output:
	// not_found
	// unknown
	// internal
}

func ExampleOf() {
	limited := &fault.Error{Kind: fault.RateLimited, Op: "miniapp.CreateOrder", RetryAfter: 5e9}
	switch f := fault.Of(fmt.Errorf("POST /orders: %w", limited)); f.Kind {
	case fault.RateLimited, fault.Unavailable:
		fmt.Println("retry the same request after", f.RetryAfter)
	case fault.Unknown:
		fmt.Println("query the outcome, and do not repeat the request under a new ID")
	}
	// Output: retry the same request after 5s
}

func ExampleFields() {
	var wrong fault.Fields
	wrong.Add("items[0].quantity", "must be at least 1")
	wrong.Add("currency", "is required")
	fmt.Println(wrong.Invalid("merchant.CreateOrder"))
	// Output: merchant.CreateOrder: invalid: The request is not valid.; items[0].quantity must be at least 1; currency is required
}

func ExampleNetwork() {
	err := fmt.Errorf("dial tcp 10.1.2.3:443: %w", syscall.ECONNREFUSED)
	fmt.Println(fault.Network(err)) // without the address
	// Output: the connection was refused
}
