// Package sqlite keeps the tables of the console's index in an SQLite file of their own,
// beside the store's. The file can be deleted while no till is running.
package sqlite
