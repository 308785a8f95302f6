// Package memstore keeps orders in memory, for tests, simulations and examples. It
// passes the suite that every store passes, but its contents end with the process.
package memstore
