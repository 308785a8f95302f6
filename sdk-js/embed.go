package sdkjs

import "embed"

// Files is the dist folder: dist/minitill.js is the script for pages, dist/index.d.ts
// its types.
//
//go:embed dist
var Files embed.FS
