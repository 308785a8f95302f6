// Package postgres keeps the tables of the console's index in the store's PostgreSQL
// database. They can be dropped while no till is running.
package postgres
