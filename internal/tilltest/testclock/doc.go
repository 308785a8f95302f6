// Package testclock is a clock that tests move. It imports nothing of this module, so that
// the internal tests of every package can use it.
package testclock
