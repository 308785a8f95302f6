package engine

import (
	"fmt"
	"testing"
)

func TestADayOfRefundsDoesNotGoBack(t *testing.T) {
	var d refundDay
	if !d.begin("2026-01-02") || !d.add("a", 300, 500) {
		t.Fatal("the first refund is not counted")
	}
	for _, day := range []string{"2026-01-02", "2026-01-01"} { // of a node whose clock is behind
		if d.begin(day) || d.Sum != 300 {
			t.Errorf("%s began a day: the sum is %d", day, d.Sum)
		}
	}
	if !d.begin("2026-01-03") || d.Sum != 0 || len(d.Recent) != 0 {
		t.Errorf("the next day begins with %+v", d)
	}
}

func TestARefundOfADayIsCountedOnceAndTakenOutOnce(t *testing.T) {
	var d refundDay
	for range 3 {
		if !d.add("a", 300, 500) || d.Sum != 300 {
			t.Fatalf("got %+v, want one refund of 300", d)
		}
	}
	if d.add("b", 201, 500) || d.Sum != 300 {
		t.Errorf("a refund above the limit is counted: %+v", d)
	}
	if !d.remove("a") || d.remove("a") || d.Sum != 0 {
		t.Errorf("got %+v after it was taken out", d)
	}
	for i := range 2 * recentRefunds {
		d.add(fmt.Sprint(i), 1, 1000)
	}
	if d.Sum != 2*recentRefunds || len(d.Recent) != recentRefunds {
		t.Errorf("got a sum of %d and %d entries", d.Sum, len(d.Recent))
	}
}
