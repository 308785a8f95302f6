package index

import "time"

// Status is how far an index has come.
type Status struct {
	Apps []AppStatus
}

// AppStatus is how far an index has come with the feed of one app.
type AppStatus struct {
	App string
	// Behind is the age of the oldest event that is not in the index yet; zero when every
	// event of the feed is.
	Behind time.Duration
	// At is the time of the last event that is in the index; zero before the first.
	At time.Time
	// Building reports that the index has not been complete since it was last begun: lists,
	// searches and sums lack orders.
	Building bool
	Events   int64 // that are in the index
	// Zone is the time zone whose days have sums of their own, as of when the index was begun;
	// empty for UTC.
	Zone string
	// Skipped counts events that could not be applied, since the feed lacks earlier events of
	// their orders. Rebuild applies them if the feed has these by then.
	Skipped int64
}
