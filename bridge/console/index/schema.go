package index

import (
	"strconv"
	"strings"
)

// Version is the version of the model: what the tables hold and how it is derived from
// events. A change of either raises it, and the index is built again. It is part of the
// names of the tables, so that nodes of two versions do not disturb each other.
const Version = 1

// Table names.
const (
	prefix       = "console1_"
	appsTable    = prefix + "apps"
	leaseTable   = prefix + "lease"
	kindsTable   = prefix + "kinds"
	entriesTable = prefix + "entries"
	listsTable   = prefix + "lists"
	namesTable   = prefix + "names"
	sumsTable    = prefix + "sums"
)

// Types are the names of column types, and what ends a table that is stored by its primary
// key, in the dialect of a database.
type Types struct{ Integer, Text, Bytes, Keyed string }

// Tables returns the names of the tables of a version.
func Tables(version int) []string {
	names := []string{appsTable, leaseTable, kindsTable, entriesTable, listsTable, namesTable, sumsTable}
	for i, name := range names {
		names[i] = strings.Replace(name, prefix, "console"+strconv.Itoa(version)+"_", 1)
	}
	return names
}

// Schema returns the statements that make the tables, unless they are there. Times are UTC
// milliseconds, but for those of sums, which are seconds. Ids are the 16 bytes of the
// random and timed part of an order's id, and sort by the time of creation.
func Schema(t Types) []string {
	sums := ""
	for _, name := range sumColumns {
		sums += ", " + name + " integer not null"
	}
	tables := []string{
		// place is the last event of the app that is in the tables, and zone that of its local days.
		appsTable + ` (app integer primary key, name text not null unique, zone text not null, place_order text not null,
			place_sequence integer not null, place_at integer not null, events integer not null,
			skipped integer not null, complete integer not null)`,
		leaseTable + ` (id integer primary key check (id = 1), holder text not null, until integer not null,
			epoch integer not null)`,
		// A kind is what orders of a list have in common, so that a filter is a set of kinds.
		kindsTable + ` (kind integer primary key, app integer not null, status text not null, wallet text not null,
			currency text not null)`,
		entriesTable + ` (id bytes primary key, app integer not null, doc text not null)`,
		// A list is ordered by at and id; at is zero in lists by the time of creation.
		listsTable + ` (app integer not null, list text not null, kind integer not null, at integer not null,
			id bytes not null, primary key (app, list, kind, at, id)) keyed`,
		namesTable + ` (app integer not null, name text not null, id bytes not null, primary key (app, name, id)) keyed`,
		sumsTable + ` (app integer not null, currency text not null, span integer not null, wallet text not null,
			at integer not null` + sums + `, primary key (app, currency, span, wallet, at)) keyed`,
	}
	words := strings.NewReplacer(" integer", " "+t.Integer, " text", " "+t.Text, " bytes", " "+t.Bytes, " keyed", t.Keyed)
	for i, table := range tables {
		tables[i] = "create table if not exists " + words.Replace(table)
	}
	return append(tables, "insert into "+leaseTable+" (id, holder, until, epoch) values (1, '', 0, -1) on conflict do nothing")
}
