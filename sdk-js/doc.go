// Package sdkjs holds the built client helper, so that a server can hand it to web
// pages without a file beside the binary. The files under dist are made from src by
// `npm run build` and committed; `npm run verify` fails when they are stale.
package sdkjs
