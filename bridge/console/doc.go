// Package console serves the operator's pages: find an order, see what happened to it, act
// once and say why, and see what needs attention.
//
// It owns the pages, who may open which, and the audit log of what was done on them. What a
// button does is an operation of the engine, the same that the merchant API calls. Who may
// come in is package operator's.
//
//	request ─► session ─► route: its app and right ─► page
//	POST    ─► the same, origin checked ─► audit entry ─► engine, with actor, key and version
//	        ─► outcome into the audit entry ─► 303 to the page
//
// Lists and searches by exact ids are the store's. An index of the store adds searches by payer
// and amount, counts and charts; it may be behind, and pages say so.
//
// Pages are rendered on the server and work without scripts. Nothing is loaded from
// elsewhere. Until an operator exists, every address is answered with 404.
package console
