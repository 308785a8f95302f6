package store

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// DeliveryStatus is the outcome of an attempt to deliver a message.
type DeliveryStatus string

// The delivery statuses.
const (
	Delivered   DeliveryStatus = "delivered"
	Undelivered DeliveryStatus = "undelivered" // to be retried
	Dead        DeliveryStatus = "dead"        // dead letter: no more retries; the order's next message follows
	Dismissed   DeliveryStatus = "dismissed"   // a dead letter that a person has dismissed
)

// Delivery is the outcome of an attempt.
type Delivery struct {
	Status DeliveryStatus
	RunAt  time.Time     // of the next attempt, when Undelivered
	Note   string        // why, for operators
	At     time.Time     // of the end of the attempt
	Took   time.Duration // in whole milliseconds; zero: not known, or there was no attempt
	Answer Answer
}

// Answer is what an endpoint answered over HTTP; zero when it did not, or is no address.
type Answer struct {
	Status int
	// Body is the first MaxAnswer bytes of an answer other than 2xx, as received. They are
	// foreign data: see Text.
	Body string
}

// MaxAnswer bounds Answer.Body.
const MaxAnswer = 1 << 10

// Text returns the body for display. What is not UTF-8 or a control character is replaced by
// U+FFFD, except for tabs and ends of lines. A character that the bound has cut is left out.
func (a Answer) Text() string {
	body := a.Body
	for i := 1; len(body) == MaxAnswer && i < utf8.UTFMax; i++ {
		if tail := body[len(body)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRuneInString(tail) {
				body = body[:len(body)-i]
			}
			break
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' {
			return utf8.RuneError
		}
		return r
	}, body)
}
