// Package docs holds the guides, so that a server can show them at /docs/guide without files
// beside the binary.
package docs

import "embed"

// Files are the guides; index.md lists them in the order in which they are shown.
//
//go:embed *.md wallets/*.md
var Files embed.FS
