// Package traces records what a till does as OpenTelemetry traces. It uses the API of
// OpenTelemetry alone: the host has the TracerProvider, and nothing global is set or read.
//
// One trace has a client's or merchant's request, its commits, its calls to wallets and the
// webhooks that follow within a minute. What happens later is a trace of its own: a
// wallet's notification, the status queries of a due order, a webhook that is sent again. It
// is linked to the span that created the order, whose context is stored beside the order's
// events.
//
// Nothing that a stranger sends is a parent. The traceparent of a request is its parent only
// after its API key was accepted; otherwise it is a link. Wallets get no traceparent, and
// merchants' webhook endpoints get one while the trace is recorded.
//
// Spans have routes, names of wallets, ids of orders, outcomes and statuses. They have no
// paths, bodies, tokens, amounts or payers.
package traces
