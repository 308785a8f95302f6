// Package problem is the edge between HTTP and the rest: it turns request bodies into
// values and faults into RFC 9457 problem documents, each in one place.
//
//	body ──► Decode ──► value                 fault ──► Renderer.Write ──► problem+json
//	           └── Invalid, naming each member ──┘            └──► log, once
//
// What a fault means to a caller is the table in table.go. The text of an Internal
// fault, and the causes of all others, stay in the log; a caller sees the request id
// that leads there. The package knows no router and no order.
package problem
