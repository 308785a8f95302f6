// Package report shows the figures of a benchmark: as text for people, as JSON for programs,
// and as progress on a terminal.
package report
