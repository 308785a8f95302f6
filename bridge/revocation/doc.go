// Package revocation ends session tokens before they expire: one session, every session of
// one payer, or every session of an app.
//
// A session token is checked without reading the store, on every request of a client. So
// each node keeps the list of revocations in memory. The store holds the list as a document
// and is its only truth; the list is short, because a revocation is forgotten once every
// token that it ends has expired by itself.
//
//	Revoke ──► store (durable) ──► this node's memory, before Revoke returns
//	             └── every node reads the document's version each Period ──► its memory
//
// A node that another node's revocation did not reach learns of it within Period, whether
// or not Redis is there. A node that cannot read the store keeps the list it has;
// it cannot serve orders either.
package revocation
