package web

import "github.com/minitill/minitill/fault"

// Page lists up to limit entries and the cursor of the next page, which is the id of the
// last entry; the cursor is nil on the last page. list is called for one entry more, which
// shows that there is a next page.
//
// Faults: Invalid for the parameter cursor, where list answers NotFound.
func Page[E, V any](limit int, list func(limit int) ([]E, error), id func(*E) string, view func(*E) V) (views []V, next *string, err error) {
	entries, err := list(limit + 1)
	if err != nil {
		return nil, nil, CursorFault("cursor", err)
	}
	if len(entries) > limit {
		last := id(&entries[limit-1])
		entries, next = entries[:limit], &last
	}
	views = make([]V, len(entries))
	for i := range entries {
		views[i] = view(&entries[i])
	}
	return views, next, nil
}

// CursorFault says of a list that does not know its cursor that the caller's parameter is
// wrong.
func CursorFault(name string, err error) error {
	if fault.KindOf(err) == fault.NotFound {
		return NotOfList(name, err)
	}
	return err
}

const notOfList = "is not of this list"

// NotOfList is the fault of a cursor that is no entry of the list.
func NotOfList(name string, cause error) error {
	return &fault.Error{
		Kind: fault.Invalid, Op: "web.Page", Detail: "The request is not valid.", Err: cause,
		Fields: []fault.Field{{Name: name, Detail: notOfList}},
	}
}
