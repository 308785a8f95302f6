package rows

import (
	"database/sql"
	"fmt"
	"time"
)

// Row is one row of an answer of either database.
type Row interface{ Scan(dest ...any) error }

// Rows are the rows of an answer, the first after the first Next.
type Rows interface {
	Row
	Next() bool
	Err() error
}

// each gives every row to visit.
func each(found Rows, visit func(Row) error) error {
	for found.Next() {
		if err := visit(found); err != nil {
			return err
		}
	}
	return found.Err()
}

// A field is a pointer to a part of a Go value together with its form in a column. It is
// a *string, a *[]byte, a *int64, or one of the types below. Both drivers can scan into
// it, and stored returns the argument that writes it, so that a table lists each column
// once.
type field interface {
	sql.Scanner
	stored() (any, error)
}

// stored returns the argument for a column.
func stored(pointer any) (any, error) {
	switch p := pointer.(type) {
	case *string:
		return *p, nil
	case *int64:
		return *p, nil
	case *[]byte:
		return Blob(*p), nil
	case field:
		return p.stored()
	}
	return nil, fmt.Errorf("rows: no column for a %T", pointer)
}

// storedAll returns the arguments for columns, behind those of first.
func storedAll(first []any, fields []any) ([]any, error) {
	for _, f := range fields {
		v, err := stored(f)
		if err != nil {
			return nil, err
		}
		first = append(first, v)
	}
	return first, nil
}

// Blob distinguishes no bytes from null.
func Blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// instant is a time in milliseconds; null stands for the zero time.
type instant struct{ *time.Time }

func (f instant) stored() (any, error) { return Millis(*f.Time), nil }

func (f instant) Scan(v any) error {
	*f.Time = FromMillis(v)
	return nil
}

// flag is a bool as 0 or 1.
type flag struct{ *bool }

func (f flag) stored() (any, error) {
	if *f.bool {
		return int64(1), nil
	}
	return int64(0), nil
}

func (f flag) Scan(v any) error {
	n, _ := v.(int64)
	*f.bool = n != 0
	return nil
}

// document is a value as JSON.
type document[T any] struct{ to *T }

func (f document[T]) stored() (any, error) { return Encode("store.encode", f.to) }

func (f document[T]) Scan(v any) error { return Decode("store.decode", bytesOf(v), f.to) }

// list is a list as JSON; an empty one is read as nil.
type list[T any] struct{ to *[]T }

func (f list[T]) stored() (any, error) { return Encode("store.encode", f.to) }

func (f list[T]) Scan(v any) error {
	*f.to = nil
	if err := Decode("store.decode", bytesOf(v), f.to); err != nil || len(*f.to) > 0 {
		return err
	}
	*f.to = nil
	return nil
}

// bytesOf returns the bytes of a text or blob column.
func bytesOf(v any) []byte {
	switch v := v.(type) {
	case string:
		return []byte(v)
	case []byte:
		return v
	}
	return nil
}

// orNull leaves what it wraps alone where the column is null.
type orNull struct{ pointer any }

func (f orNull) Scan(v any) error {
	if v == nil {
		return nil
	}
	switch p := f.pointer.(type) {
	case *string:
		*p = string(bytesOf(v))
	case *int64:
		*p, _ = v.(int64)
	case sql.Scanner:
		return p.Scan(v)
	}
	return nil
}

// TextOf returns the string that a destination of Row.Scan fills, or nil.
func TextOf(dest any) *string {
	switch d := dest.(type) {
	case *string:
		return d
	case orNull:
		return TextOf(d.pointer)
	}
	return nil
}
