package saved_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/minitill/minitill/bridge/console/saved"
	"github.com/minitill/minitill/bridge/store/memstore"
	"github.com/minitill/minitill/bridge/store/sqlitetest"
	"github.com/minitill/minitill/fault"
)

func save(t *testing.T, v *saved.Views, app string, views ...saved.View) {
	t.Helper()
	for _, view := range views {
		if err := v.Save(context.Background(), app, view); err != nil {
			t.Fatalf("Save(%+v): %v", view, err)
		}
	}
}

func wantViews(t *testing.T, v *saved.Views, app, operator string, want ...string) {
	t.Helper()
	list, err := v.List(context.Background(), app, operator)
	var got []string
	for _, view := range list {
		got = append(got, view.Owner+" "+view.Name+" "+view.Query)
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the views of %s in %s: got %q, %v, want %q", operator, app, got, err, want)
	}
}

func TestAnOperatorSeesHisOwnViewsAndSharedOnesOfTheApp(t *testing.T) {
	v := saved.New(sqlitetest.Open(t))
	wantViews(t, v, "shop", "ann")
	save(t, v, "shop",
		saved.View{Name: "late", Owner: "ann", Query: "attention=late_payment"}, saved.View{Name: "failed", Owner: "bob", Query: "status=failed", Shared: true},
		saved.View{Name: "mine", Owner: "bob", Query: "q=7"})
	save(t, v, "other", saved.View{Name: "theirs", Owner: "bob", Shared: true})
	wantViews(t, v, "shop", "ann", "bob failed status=failed", "ann late attention=late_payment")
	wantViews(t, v, "shop", "bob", "bob failed status=failed", "bob mine q=7")
	wantViews(t, v, "other", "ann", "bob theirs ")
}

func TestAViewReplacesTheOwnersViewOfItsName(t *testing.T) {
	v := saved.New(memstore.New())
	save(t, v, "shop",
		saved.View{Name: "late", Owner: "ann", Query: "1"}, saved.View{Name: "late", Owner: "bob", Query: "2", Shared: true},
		saved.View{Name: "late", Owner: "ann", Query: "3"}, saved.View{Name: "late", Owner: "ann", Query: "3"})
	wantViews(t, v, "shop", "ann", "ann late 3", "bob late 2")
}

func TestAViewIsRemovedByItsOwnerOnce(t *testing.T) {
	v := saved.New(memstore.New())
	save(t, v, "shop", saved.View{Name: "late", Owner: "ann", Shared: true})
	for _, owner := range []string{"bob", ""} {
		if err := v.Remove(context.Background(), "shop", owner, "late"); !errors.Is(err, fault.NotFound) {
			t.Errorf("%q removes it: got %v, want NotFound", owner, err)
		}
	}
	if err := v.Remove(context.Background(), "shop", "ann", "late"); err != nil {
		t.Error(err)
	}
	if err := v.Remove(context.Background(), "shop", "ann", "late"); !errors.Is(err, fault.NotFound) {
		t.Errorf("again: got %v, want NotFound", err)
	}
	wantViews(t, v, "shop", "ann")
}

func TestViewsThatAreTooLongOrTooManyAreRefused(t *testing.T) {
	v := saved.New(memstore.New())
	for _, view := range []saved.View{
		{Owner: "ann"}, {Name: " ", Owner: "ann"}, {Name: "a ", Owner: "ann"}, {Name: strings.Repeat("é", saved.MaxName+1), Owner: "ann"},
		{Name: "a\nb", Owner: "ann"}, {Name: "a\xff", Owner: "ann"}, {Name: "a"}, {Name: "a", Owner: "ann", Query: strings.Repeat("q", saved.MaxQuery+1)},
	} {
		if err := v.Save(context.Background(), "shop", view); !errors.Is(err, fault.Invalid) {
			t.Errorf("%+v: got %v, want Invalid", view, err)
		}
	}
	for i := range saved.MaxViews {
		save(t, v, "shop", saved.View{Name: fmt.Sprint(i), Owner: "ann"})
	}
	if err := v.Save(context.Background(), "shop", saved.View{Name: "one more", Owner: "ann"}); !errors.Is(err, fault.Conflict) {
		t.Errorf("a view too many: got %v, want Conflict", err)
	}
	save(t, v, "shop", saved.View{Name: "7", Owner: "ann"}, saved.View{Name: strings.Repeat("é", saved.MaxName), Owner: "bob"})
}

func TestViewsThatAreSavedAtOnceAreAllKept(t *testing.T) {
	v := saved.New(sqlitetest.Open(t))
	var saving sync.WaitGroup
	const operators = 8
	for i := range operators {
		saving.Go(func() {
			if err := v.Save(context.Background(), "shop", saved.View{Name: fmt.Sprint(i), Owner: "ann"}); err != nil {
				t.Error(err)
			}
		})
	}
	saving.Wait()
	if list, err := v.List(context.Background(), "shop", "ann"); err != nil || len(list) != operators {
		t.Errorf("got %d views, %v, want %d", len(list), err, operators)
	}
}
