// Package problem is the edge between HTTP and the rest: it turns request bodies into
// values and faults into RFC 9457 problem documents, each in one place.
//
//	body ──► Decode ──► value                 fault ──► Renderer.Write ──► problem+json
//	           └── Invalid, naming each member ──┘            └──► log, once
//
// The table in table.go maps each kind of fault to a status. The text of an Internal
// fault, and the causes of all others, are in the log only; the caller gets the request
// id for it. The package knows no router and no order.
package problem
