// Package app is the command: configuration file, wiring and lifecycle. It is the only
// package that imports all others; package bridge/run is its public side.
//
//	Main ─► command ─► load ─► decode, check ─► config
//	                    serve, Open ─► node: store, wallets, engine, APIs, dispatcher
//	                    orders, refund, replay ─► merchant API of a running server
//	                    resolve, inbox, dismiss, keys ─► store
package app
