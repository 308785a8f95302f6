// Package otlp sends spans of OpenTelemetry's SDK to a collector, by OTLP over HTTP.
//
// A span that ends is put into a bounded queue, and dropped when that is full: the code that
// ends it never waits. One goroutine sends the spans in batches, sends a batch again that the
// collector could not take, and drops it in the end. What is exported and what is dropped is
// counted.
//
// OpenTelemetry's own exporter over HTTP links gRPC and its gateway, which it does not use;
// see docs/decisions/0023-traces.md.
package otlp
