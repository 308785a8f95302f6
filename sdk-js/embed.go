// Package sdkjs holds the built client helper, so that a server can hand it to web
// pages without a file beside the binary. The files under dist are made from src by
// `npm run build` and committed; `npm run verify` fails when they are stale.
package sdkjs

import "embed"

// Files is the dist folder: dist/minitill.js is the script for pages, dist/index.d.ts
// its types.
//
//go:embed dist
var Files embed.FS
