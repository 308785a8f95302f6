package rows

import (
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/fault"
)

// Migration is one step of the schema. Steps go forward only.
type Migration struct {
	Version    int64
	Name, Text string
}

// Migrations returns the steps in a folder in order. Files are called NNNN_name.sql. Their
// numbers ascend; a number may be left out.
func Migrations(folder fs.FS) ([]Migration, error) {
	files, err := fs.Glob(folder, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var list []Migration
	for _, file := range files {
		name := strings.TrimPrefix(file, "migrations/")
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || version <= Latest(list) {
			return nil, fmt.Errorf("migration %s has no number after %d", name, Latest(list))
		}
		text, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, err
		}
		list = append(list, Migration{version, name, string(text)})
	}
	return list, nil
}

// Latest returns the number of the last step; zero when there is none.
func Latest(list []Migration) int64 {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1].Version
}

// ReadRefusing counts the steps after a number that do not let a program run whose last step
// has that number. Both parameters are the number.
const ReadRefusing = "select count(*) from migrations where version > ? and version not in (select version from compatibility where oldest <= ?)"

// Ahead reports whether a schema has later steps than there are, and all of them let a program
// run that does not know them. refusing answers ReadRefusing.
func Ahead(list []Migration, have int64, refusing func(last int64) (int64, error)) bool {
	last := Latest(list)
	if have <= last {
		return false
	}
	n, err := refusing(last)
	return err == nil && n == 0 // a schema that cannot answer names no older version
}

// Unapplied returns the steps that a schema lacks: those after its last one.
//
// Faults: Unsupported for a schema that has a later step than there is.
func Unapplied(op string, list []Migration, have int64) ([]Migration, error) {
	if have > Latest(list) {
		return nil, fault.New(fault.Unsupported, op, "The database was written by a newer version.")
	}
	first := slices.IndexFunc(list, func(m Migration) bool { return m.Version > have })
	if first < 0 {
		return nil, nil
	}
	return list[first:], nil
}

// Schema is a database in the transaction that migrates it.
type Schema interface {
	Script(text string) error
	Applied(m *Migration) error // records a step
	Flagged() ([]string, error) // the ids of orders that have reasons for attention
	Events(id bridge.OrderID) ([]bridge.Event, error)
	PutOrder(id, doc, attention string) error
}

// flagsMigration is the migration before which an order's row kept only the last of its
// reasons for attention, while its events have all of them.
const flagsMigration = 4

// Apply runs the steps that a schema lacks.
func Apply(db Schema, missing []Migration) error {
	for i := range missing {
		m := &missing[i]
		err := db.Script(m.Text)
		if err == nil && m.Version == flagsMigration {
			err = rewriteFlagged(db)
		}
		if err != nil {
			return fmt.Errorf("migration %s: %w", m.Name, err)
		}
		if err := db.Applied(m); err != nil {
			return err
		}
	}
	return nil
}

// rewriteFlagged writes the rows of orders that have reasons for attention as their events
// say.
func rewriteFlagged(db Schema) error {
	ids, err := db.Flagged()
	if err != nil {
		return err
	}
	for _, id := range ids {
		events, err := db.Events(bridge.OrderID(id))
		if err != nil {
			return err
		}
		o := bridge.Replay(events)
		doc, err := Encode("store.migrate", &o)
		if err != nil {
			return err
		}
		if err := db.PutOrder(id, doc, attentionColumn(&o)); err != nil {
			return err
		}
	}
	return nil
}

// MigrationNames returns the names of the migrations in a folder, oldest first.
func MigrationNames(folder fs.FS) (names []string, err error) {
	list, err := Migrations(folder)
	for i := range list {
		names = append(names, list[i].Name)
	}
	return names, err
}
