package sqlstore_test

import (
	"testing"

	"github.com/minitill/minitill/bridge/store/storetest"
)

func TestTheYardstickWritesWhatItSays(t *testing.T) {
	raw := storetest.SQLite(t).Raw()
	if err := raw.Create(t.Context(), "o1", "{}", "{}", storetest.Epoch); err != nil {
		t.Fatalf("Create: got %v, want nil", err)
	}
	if err := raw.Update(t.Context(), "o1", 1, `{"a":1}`, "{}", []byte("answer"), storetest.Epoch); err != nil {
		t.Fatalf("Update: got %v, want nil", err)
	}
	if version, doc, err := raw.Read(t.Context(), "o1"); err != nil || version != 2 || string(doc) != `{"a":1}` {
		t.Errorf("Read: got version %d of %s, %v, want the second", version, doc, err)
	}
}
