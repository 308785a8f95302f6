// Package pricing prices orders. A client names items and quantities; a [Pricer] returns the
// amount. [Catalog] is the Pricer that reads a file; package quote has one that requests
// prices from the merchant's server.
package pricing
