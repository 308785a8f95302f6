// Package store defines what is stored beside orders, and the interfaces of a store for it:
// webhook endpoints and API keys, the inbox of notifications, lists for people, small
// documents of the installation, and whether the store was restored from a backup.
//
// What the engine needs of a store is engine.Store, and what agreements need is
// agreement.Store. The packages below implement all of it; storetest holds them to it.
package store
