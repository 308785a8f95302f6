// Package docs holds the guides, so that a server can show them at /docs/guide without files
// beside the binary.
package docs
