package memstore

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/wallet"
)

func TestACopyIsEqualAndSharesNothing(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	observed := wallet.Money{Minor: 7, Currency: "USD"}
	order := bridge.Order{
		ID: "ord_1", Items: []wallet.Item{{SKU: "tea"}}, Metadata: map[string]string{"k": "v"}, CreatedAt: noon,
		MethodToken: &bridge.MethodToken{Wallet: "w", Sealed: "s"}, Flags: []bridge.Flag{{Why: "x", Observed: &observed}},
		Payments: []bridge.Payment{{
			Number: 1, OtherIDs: []string{"a"}, SameIDs: []string{"b"}, Fees: []wallet.Fee{{Type: "tip"}}, CreatedAt: noon,
			Action: &wallet.Action{Type: wallet.ActionChooseMethod, Methods: []wallet.Method{{ID: "m"}}},
			Places: []wallet.Place{{Method: "m", Action: wallet.Action{Methods: []wallet.Method{{ID: "n"}}}}}, Operation: &bridge.Operation{Number: 1},
		}},
	}
	event := bridge.Event{Order: "ord_1", At: noon, Data: bridge.EventData{Order: &order, Payment: &order.Payments[0], Observed: &observed}}
	made := copyOf(event)
	if diff := cmp.Diff(event, made); diff != "" {
		t.Error(diff)
	}
	for path := range shared(reflect.ValueOf(event), reflect.ValueOf(made), "event") {
		t.Errorf("%s is shared", path)
	}
}

// shared are the paths at which two values refer to the same memory.
func shared(a, b reflect.Value, path string) map[string]bool {
	found := map[string]bool{}
	add := func(more map[string]bool) {
		for p := range more {
			found[p] = true
		}
	}
	if planOf(a.Type()).plain || a.Kind() != reflect.Struct && (a.IsNil() || b.IsNil()) {
		return found
	}
	if a.Kind() != reflect.Struct && a.Pointer() == b.Pointer() && !(a.Kind() == reflect.Slice && a.Len() == 0) {
		found[path] = true
	}
	switch a.Kind() {
	case reflect.Pointer:
		add(shared(a.Elem(), b.Elem(), path))
	case reflect.Slice:
		for i := range a.Len() {
			add(shared(a.Index(i), b.Index(i), path+"[]"))
		}
	case reflect.Struct:
		for i := range a.NumField() {
			add(shared(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name))
		}
	}
	return found
}
