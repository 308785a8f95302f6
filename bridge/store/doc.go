// Package store says what is kept beside orders, and what a store of it must do: webhook
// endpoints and API keys, the inbox of notifications, lists for people, small documents of
// the installation, and whether the store was restored from a backup.
//
// What the engine needs of a store is engine.Store, and what agreements need is
// agreement.Store. The packages below implement all of it; storetest holds them to it.
package store
