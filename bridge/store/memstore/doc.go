// Package memstore keeps orders in memory, for tests, simulations and examples. It
// passes the suite that every store passes, but what it holds ends with the process.
package memstore
