// Package receiver takes webhooks, as a merchant's backend in Go does.
package receiver
