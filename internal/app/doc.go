// Package app puts the pieces together: configuration, wiring and lifecycle. It is
// the only place that knows everyone.
package app
