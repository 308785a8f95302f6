// Package pricing says what orders cost. A client names items and quantities; a [Pricer]
// names the amount. [Catalog] is the Pricer that reads a file; package quote asks the
// merchant's server.
package pricing
