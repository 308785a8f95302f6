package notice

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// told is a book, and what it has told so far, at minutes after noon.
type told struct {
	*testing.T
	book
	made int
	list []string
}

// at observes conditions at a time, in minutes after noon, and delivers what is due unless the
// receiver is down.
func (b *told) at(minute int, down bool, found ...Condition) {
	b.Helper()
	now := noon.Add(time.Duration(minute) * time.Minute)
	b.observe(found, now, func() string { b.made++; return fmt.Sprintf("ntc_%d", b.made) }, func(page string) string { return "https://x/console/" + page })
	text, err := json.Marshal(b.book) // as the store keeps it
	if err != nil {
		b.Fatal(err)
	}
	b.book = book{}
	if err := json.Unmarshal(text, &b.book); err != nil {
		b.Fatal(err)
	}
	for _, m := range b.begin(now, 100) {
		if !down {
			var n Notice
			if err := json.Unmarshal(m.Body, &n); err != nil || n.ID != m.ID {
				b.Errorf("got %s, %v", m.Body, err)
			}
			b.list = append(b.list, fmt.Sprintf("%d %s %s %d", minute, n.State, n.Subject, n.Count))
		}
		b.finish(m.ID, !down, now)
	}
}

func (b *told) want(lines ...string) {
	b.Helper()
	if got, want := strings.Join(b.list, "; "), strings.Join(lines, "; "); got != want {
		b.Errorf("told %s; want %s", got, want)
	}
}

func attention(count int) Condition {
	c := Condition{Kind: Attention, App: "shop", Subject: "late_payment", Count: count, Page: "attention"}
	for i := count; i > max(0, count-MaxItems); i-- {
		c.Items = append(c.Items, fmt.Sprintf("ord_%d", i))
	}
	return c
}

func TestAConditionAndItsEndAreToldOnce(t *testing.T) {
	b := &told{T: t}
	b.at(0, false, attention(1))
	b.at(1, false, attention(1))
	b.at(40, false, attention(1))
	b.at(41, false)
	b.at(42, false)
	b.at(43, false)
	b.at(80, false)
	b.want("0 open late_payment 1", "42 resolved late_payment 0")
	if len(b.Entries) > 0 || len(b.Messages) > 0 {
		t.Errorf("it is not forgotten: %+v", b.book)
	}
}

func TestAThousandOrdersAreAFewMessages(t *testing.T) {
	b := &told{T: t}
	for minute := range 60 {
		b.at(minute, false, attention(min(1000, 1+20*minute)))
	}
	b.want("0 open late_payment 1", "15 open late_payment 301", "30 open late_payment 601", "45 open late_payment 901")
}

func TestFewerOrdersThanToldAreNotToldAndMoreAre(t *testing.T) {
	b := &told{T: t}
	b.at(0, false, attention(5))
	b.at(20, false, attention(2))
	b.at(21, false, attention(3))
	b.want("0 open late_payment 5", "21 open late_payment 3")
}

func TestAConditionThatComesAndGoesIsToldAtMostOnceInAPause(t *testing.T) {
	b := &told{T: t}
	for minute := range 60 {
		if minute%4 < 2 {
			b.at(minute, false, attention(1))
		} else {
			b.at(minute, false)
		}
	}
	if len(b.list) > 8 {
		t.Errorf("%d messages in an hour: %v", len(b.list), b.list)
	}
}

func TestEachConditionIsToldByItself(t *testing.T) {
	b := &told{T: t}
	other := Condition{Kind: BreakerOpen, App: "shop", Subject: "gcash", Count: 1}
	b.at(0, false, attention(1))
	b.at(1, false, attention(1), other)
	b.at(2, false, attention(1))
	b.at(4, false, attention(1))
	b.want("0 open late_payment 1", "1 open gcash 1", "4 resolved gcash 0")
}

func TestWhatWasNotReceivedIsSentLater(t *testing.T) {
	b := &told{T: t}
	for minute := range 30 {
		b.at(minute, true, attention(1))
	}
	b.at(200, false, attention(1))
	b.want("200 open late_payment 1")
}

func TestAnEndTakesThePlaceOfABeginningThatWasNotReceived(t *testing.T) {
	b := &told{T: t}
	b.at(0, true, attention(1)) // perhaps received, since an attempt was made
	b.at(1, true)
	b.at(3, true)
	b.at(200, false)
	b.want("200 resolved late_payment 0")
}

func TestWhatEndedBeforeItWasSentIsNotTold(t *testing.T) {
	b := &told{T: t}
	now, id, link := noon, func() string { return "ntc" }, func(page string) string { return page }
	b.observe([]Condition{attention(1)}, now, id, link)
	b.observe(nil, now.Add(time.Minute), id, link)
	b.observe(nil, now.Add(3*time.Minute), id, link)
	if len(b.Messages) != 0 {
		t.Errorf("got %+v", b.Messages)
	}
}

func TestAMessageIsGivenUpAfterThreeDays(t *testing.T) {
	b := &told{T: t}
	b.observe([]Condition{attention(1)}, noon, func() string { return "ntc" }, func(page string) string { return page })
	attempts := 0
	for hour := range 100 {
		now := noon.Add(time.Duration(hour) * time.Hour)
		for _, m := range b.begin(now, 10) {
			attempts++
			if dead := b.finish(m.ID, false, now); dead != (now.Sub(noon) >= 72*time.Hour) {
				t.Fatalf("after %v: dead %v", now.Sub(noon), dead)
			}
		}
	}
	if len(b.Messages) != 0 || attempts < 10 {
		t.Errorf("%d attempts, %d messages are left", attempts, len(b.Messages))
	}
}

func TestOneNodeHasTheLease(t *testing.T) {
	var b book
	if !b.lease("a", noon, time.Minute) || b.lease("b", noon.Add(time.Second), time.Minute) || !b.lease("a", noon.Add(30*time.Second), time.Minute) {
		t.Error("the lease is not a's")
	}
	if b.lease("b", noon.Add(80*time.Second), time.Minute) || !b.lease("b", noon.Add(91*time.Second), time.Minute) {
		t.Error("the lease does not end when it should")
	}
	if b.release("a") || !b.release("b") || !b.lease("a", noon.Add(92*time.Second), time.Minute) {
		t.Error("a lease is released by its holder alone")
	}
}

func TestWhatANodeAloneSeesCountsUntilItStops(t *testing.T) {
	var b book
	down := []Condition{{Kind: BreakerOpen, App: "shop", Subject: "gcash"}}
	if !b.report("a", down, noon) || b.report("a", down, noon.Add(time.Second)) || !b.report("b", down, noon.Add(time.Minute)) {
		t.Error("a report is written when it says something new, or grows old")
	}
	if got := b.sighted(); len(got) != 1 {
		t.Errorf("two nodes see %v, want it once", got)
	}
	b.report("b", nil, noon.Add(2*time.Minute))
	if len(b.sighted()) != 1 {
		t.Error("a does not count")
	}
	b.report("b", nil, noon.Add(4*time.Minute))
	if got := b.sighted(); len(got) != 0 {
		t.Errorf("a node that was stopped sees %v", got)
	}
}
