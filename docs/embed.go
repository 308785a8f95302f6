package docs

import "embed"

// Files are the guides; index.md lists them in the order in which they are shown.
//
//go:embed *.md wallets/*.md
var Files embed.FS
