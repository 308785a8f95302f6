// Package clients has no code: its tests generate clients from the OpenAPI document, as
// our users do, and compile programs that use them. So the document stays one that
// openapi-typescript and oapi-codegen make typed clients of, and that passes redocly's
// recommended rules. "make clients" installs what they need and runs them.
package clients
