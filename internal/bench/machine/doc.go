// Package machine describes the machine that a benchmark runs on: its figures mean nothing
// without it.
package machine
