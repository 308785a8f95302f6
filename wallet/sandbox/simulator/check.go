package simulator

import (
	"unicode/utf8"

	"github.com/minitill/minitill/wallet"
	"github.com/minitill/minitill/wallet/internal/provider"
)

// The limits of a create request.
const (
	maxRequestID   = 64
	maxDescription = 512
	maxURL         = 2048
)

func (r createRequest) check() (wallet.Money, *refusal) {
	switch {
	case r.RequestID == "" || len(r.RequestID) > maxRequestID:
		return wallet.Money{}, refuse("INVALID_REQUEST", "requestId must have 1 to 64 characters")
	case utf8.RuneCountInString(r.Description) > maxDescription:
		return wallet.Money{}, refuse("INVALID_REQUEST", "description must have at most 512 characters")
	case r.ReturnURL != "" && !usableURL(r.ReturnURL):
		return wallet.Money{}, refuse("INVALID_REQUEST", "returnUrl must be an http or https URL")
	case r.NotifyURL != "" && !usableURL(r.NotifyURL):
		return wallet.Money{}, refuse("INVALID_REQUEST", "notifyUrl must be an http or https URL")
	case r.Agreement != "" && r.Hold:
		return wallet.Money{}, refuse("INVALID_REQUEST", "money cannot be held by an agreement")
	case r.ExpiresAt < 0:
		return wallet.Money{}, refuse("INVALID_REQUEST", "expiresAt must not be negative")
	}
	return r.Amount.positive()
}

func usableURL(s string) bool { return len(s) <= maxURL && provider.WebURL(s) }

// digest covers the content of a payment. The expiry is left out, because a repeat may have a
// later one; the first stays in force. So is the agreement's token, because it may have been
// renewed since.
func (r createRequest) digest() provider.Digest {
	r.ExpiresAt = 0
	if r.Agreement != "" {
		r.Agreement = "by agreement"
	}
	return provider.DigestOf(r)
}
