// Package bridgetest makes orders in given states, for the tests of packages that work on a
// change.
package bridgetest
