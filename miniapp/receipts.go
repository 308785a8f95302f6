package miniapp

import (
	"sync"

	"github.com/minitill/minitill/signing"
)

// receiptsMost bounds each of the two generations of receipts that are kept: two megabytes
// in all.
const receiptsMost = 1024

// receiptKey is what a receipt states, and the number of the order's last event, which fixes
// the rest: the time.
type receiptKey struct {
	signing.Receipt
	sequence int64
}

// issuedReceipt is a receipt that was signed, or is being signed under mu.
type issuedReceipt struct {
	mu    sync.Mutex
	token string // empty until it is signed
}

// receipts keeps the receipts that were issued last, so that a final order costs one
// signature and not one for each request about it. A refund, or any other event of the
// order, makes another key. The signing key of a process does not change.
type receipts struct {
	mu            sync.Mutex
	recent, older map[receiptKey]*issuedReceipt
}

// issue returns the receipt of key, which sign makes when it is not kept. Concurrent callers
// share one signature. A fault of sign is not kept.
func (r *receipts) issue(key receiptKey, sign func() (string, error)) (string, error) {
	issued := r.entry(key)
	issued.mu.Lock()
	defer issued.mu.Unlock()
	if issued.token != "" {
		return issued.token, nil
	}
	token, err := sign()
	if err == nil {
		issued.token = token
	}
	return token, err
}

// entry returns the entry of key. When the recent generation is full, it becomes the older
// one, and what was not used since the last time is dropped.
func (r *receipts) entry(key receiptKey) *issuedReceipt {
	r.mu.Lock()
	defer r.mu.Unlock()
	if issued := r.recent[key]; issued != nil {
		return issued
	}
	issued := r.older[key]
	if issued == nil {
		issued = new(issuedReceipt)
	}
	if r.recent == nil || len(r.recent) >= receiptsMost {
		r.recent, r.older = make(map[receiptKey]*issuedReceipt), r.recent
	}
	r.recent[key] = issued
	return issued
}
