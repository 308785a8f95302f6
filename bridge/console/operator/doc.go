// Package operator keeps who may use the console: operators with roles per app, their
// passwords, second factors and recovery codes, and their sessions.
//
// It owns the table of rights and every decision about a sign-in. It serves no page.
//
// All operators are one document of the store: they are few, they change rarely, and the
// rule that the last administrator stays is about all of them at once. A node reads the
// document again when its version has changed, so a change applies on every node with the
// next request. Sessions and the audit log are rows.
//
//	name, password, code ─► delay (per name, per address) ─► argon2id (two at once)
//	                     ─► code, once per step ─► session: a random token, its SHA-256 in SQL
package operator
