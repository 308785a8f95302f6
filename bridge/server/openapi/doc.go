// Package openapi describes the till's HTTP contract: one OpenAPI 3.1 document, and a
// page that people read it on.
//
//	openapi.yaml ──► Document ──► /openapi.json
//	             └─► Docs ──────► /docs
//
// The document is written by hand; package internal/contract holds the server to it.
// The page is made of the document alone, so what it says is what is tested. Both are
// made when they are first asked for: a server starts without them.
package openapi
