package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
)

var documentTests = []test{
	{"a document is read with its version, and only the version when that is known", documentVersions},
	{"a change that fails or returns nothing leaves a document as it was", documentUnchanged},
	{"changes of a document at once follow one another", documentRaces},
}

func changeTo(text string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(text), nil }
}

func wantDocument(t *testing.T, s Store, name string, known int64, text string) int64 {
	t.Helper()
	doc, version, err := s.Document(context.Background(), name, known)
	if err != nil || string(doc) != text || (doc == nil) != (text == "") {
		t.Errorf("Document(%s, %d): got %q, %v, want %q", name, known, doc, err, text)
	}
	return version
}

func documentVersions(t *testing.T, s Store) {
	ctx := context.Background()
	if version := wantDocument(t, s, "keys", 7, ""); version != 0 {
		t.Errorf("the version of no document: got %d, want 0", version)
	}
	const first = `{"é":"\u0000"}`
	if err := s.ChangeDocument(ctx, "keys", func(doc []byte) ([]byte, error) {
		if doc != nil {
			t.Errorf("the first change: got %q, want nil", doc)
		}
		return []byte(first), nil
	}); err != nil {
		t.Fatalf("ChangeDocument: got %v, want nil", err)
	}
	before := wantDocument(t, s, "keys", 0, first)
	if same := wantDocument(t, s, "keys", before, ""); same != before {
		t.Errorf("the version that is known: got %d, want %d", same, before)
	}
	if err := s.ChangeDocument(ctx, "keys", func(doc []byte) ([]byte, error) { return append(doc, " 2"...), nil }); err != nil {
		t.Fatalf("ChangeDocument: got %v, want nil", err)
	}
	if after := wantDocument(t, s, "keys", before, first+" 2"); after <= before {
		t.Errorf("the version after a change: got %d, want more than %d", after, before)
	}
	wantDocument(t, s, "other", 0, "")
}

func documentUnchanged(t *testing.T, s Store) {
	ctx := context.Background()
	if err := s.ChangeDocument(ctx, "keys", changeTo("kept")); err != nil {
		t.Fatalf("ChangeDocument: got %v, want nil", err)
	}
	version := wantDocument(t, s, "keys", 0, "kept")
	mine := errors.New("mine")
	err := s.ChangeDocument(ctx, "keys", func([]byte) ([]byte, error) { return []byte("lost"), mine })
	if !errors.Is(err, mine) {
		t.Errorf("a change that fails: got %v, want its error", err)
	}
	if err := s.ChangeDocument(ctx, "keys", func([]byte) ([]byte, error) { return nil, nil }); err != nil {
		t.Errorf("a change to nothing: got %v, want nil", err)
	}
	if now := wantDocument(t, s, "keys", 0, "kept"); now != version {
		t.Errorf("the version: got %d, want %d", now, version)
	}
}

func documentRaces(t *testing.T, s Store) {
	const writers = 8
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			mark := []byte{byte('a' + i)}
			err := s.ChangeDocument(context.Background(), "list", func(doc []byte) ([]byte, error) {
				if bytes.Contains(doc, mark) { // again after a commit in doubt
					return nil, nil
				}
				return append(bytes.Clone(doc), mark...), nil
			})
			if err != nil {
				t.Errorf("ChangeDocument: got %v, want nil", err)
			}
		})
	}
	all.Wait()
	doc, _, err := s.Document(context.Background(), "list", 0)
	if err != nil || len(doc) != writers {
		t.Fatalf("got %q, %v, want a mark of each of %d writers", doc, err, writers)
	}
	for i := range writers {
		if strings.Count(string(doc), string(rune('a'+i))) != 1 {
			t.Errorf("got %q, want each mark once", doc)
		}
	}
}
