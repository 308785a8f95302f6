package provider

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

type taking struct{}

func (taking) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

func TestWhatWasDeliveredLeavesNothingBehindButALogOfItsLength(t *testing.T) {
	d := NewDispatcher(Delivery[int]{
		Request: func(*Notice[int], Try) (Message, error) { return Message{}, nil },
		HTTP:    &http.Client{Transport: taking{}}, Kept: 10,
	})
	for i := range 1000 {
		d.Send(&Notice[int]{Box: i, URL: "https://shop.example/n", News: i})
	}
	if made := d.RunOnce(t.Context()); made != 1000 {
		t.Fatalf("attempts: got %d, want 1000", made)
	}
	if len(d.boxes) != 0 || len(d.agenda) != 0 || len(d.parked) != 0 || len(d.attempt.list) > 20 {
		t.Errorf("left: %d boxes, %d appointments, %d parked, %d attempts", len(d.boxes), len(d.agenda), len(d.parked), len(d.attempt.list))
	}
}
