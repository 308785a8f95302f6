// Package logs is the log of the server's process, as handlers of slog that wrap each other:
//
//	Requests   adds the id of the request that a record is about
//	Repeats    leaves out what repeats itself, and says how often it did
//
// The form of a record and its levels are those of slog's own handlers.
package logs
