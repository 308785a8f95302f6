// Package patience has the time for which the stores wait for their databases, which tests
// prolong.
package patience
