// Package testdata holds the files that the tests of several packages read, in Go and
// in JavaScript: keys, signature vectors, and the contract between the server and its
// clients. README.md describes the layout; read.mjs is the same helper for JavaScript.
// Only tests import it.
package testdata
