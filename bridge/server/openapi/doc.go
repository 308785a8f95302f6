// Package openapi is the documentation of the HTTP APIs: one OpenAPI 3.1 document, and a
// page that shows it.
//
//	openapi.yaml ──► Document ──► /openapi.json
//	             └─► Docs ──────► /docs
//
// The document is written by hand; tests check the server against it with package
// internal/contract. The page is generated from the document alone. Both are built at
// their first request.
package openapi
