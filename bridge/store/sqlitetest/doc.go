// Package sqlitetest opens SQLite stores for tests that need some store.
package sqlitetest
