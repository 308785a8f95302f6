package miniapp

import (
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/minitill/minitill/signing"
)

func receiptOf(n int) receiptKey {
	return receiptKey{Receipt: signing.Receipt{Order: strconv.Itoa(n)}}
}

func TestConcurrentRequestsShareOneSignature(t *testing.T) {
	var r receipts
	var signed atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			token, err := r.issue(receiptOf(1), func() (string, error) { return strconv.Itoa(int(signed.Add(1))), nil })
			if err != nil || token != "1" {
				t.Errorf("got %q, %v", token, err)
			}
		})
	}
	all.Wait()
	if n := signed.Load(); n != 1 {
		t.Errorf("got %d signatures for 50 requests, want 1", n)
	}
}

func TestAReceiptThatCouldNotBeSignedIsSignedByTheNextRequest(t *testing.T) {
	var r receipts
	failed := errors.New("the events cannot be read")
	if _, err := r.issue(receiptOf(1), func() (string, error) { return "", failed }); !errors.Is(err, failed) {
		t.Errorf("got %v, want the fault", err)
	}
	if token, err := r.issue(receiptOf(1), func() (string, error) { return "token", nil }); token != "token" || err != nil {
		t.Errorf("got %q, %v", token, err)
	}
}

func TestTheReceiptsThatAreKeptAreBoundedAndThoseInUseStay(t *testing.T) {
	var r receipts
	signed := 0
	issue := func(n int) {
		t.Helper()
		if _, err := r.issue(receiptOf(n), func() (string, error) { signed++; return "token", nil }); err != nil {
			t.Fatal(err)
		}
	}
	const orders = 10 * receiptsMost
	for n := range orders {
		issue(n)
		issue(0) // it is in use all the time
		if kept := len(r.recent) + len(r.older); kept > 2*receiptsMost {
			t.Fatalf("%d receipts are kept, want at most %d", kept, 2*receiptsMost)
		}
	}
	if signed != orders {
		t.Errorf("got %d signatures for %d orders", signed, orders)
	}
}
