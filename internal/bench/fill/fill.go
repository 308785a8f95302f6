package fill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
)

// database is a store's database, opened without the store.
type database interface {
	// tables returns the tables with the columns that an insert must give.
	tables(ctx context.Context) ([]table, error)
	// rows returns the wanted rows of a table: a store that was filled before has millions of others.
	rows(ctx context.Context, t *table, wanted func(row []any) bool) ([][]any, error)
	// begin, insert and commit write rows in one transaction.
	begin(ctx context.Context) error
	insert(ctx context.Context, t *table, rows [][]any) error
	commit(ctx context.Context) error
	// size returns the bytes that the database takes on the disk.
	size(ctx context.Context) (int64, error)
	close(ctx context.Context) error
}

type table struct {
	name    string
	columns []string
}

// rowSet are the rows of one table that every copy has.
type rowSet struct {
	table *table
	rows  [][]value
}

// Options say what is copied, how often and into what.
type Options struct {
	Path, URL string // an SQLite file that no process has open, or a PostgreSQL database
	Originals []Original
	Orders    int                      // copies to make
	MostBytes int64                    // that the database may grow to; 0: any
	Span      time.Duration            // the time over which the copies were created
	Age       time.Duration            // of the last copy
	Kept      map[string]time.Duration // how long a till keeps the rows of a table, where it deletes them; older ones are not made
	Progress  func(made, of int)
}

// Filled is what was made.
type Filled struct {
	Orders int
	Bytes  int64 // of the database on the disk
}

var errNothing = errors.New("the store has no rows of the orders to copy")

// batch is how many orders are committed together.
const batch = 5000

// Fill copies orders until there are enough, or the database is as large as it may become.
func Fill(ctx context.Context, o Options) (f Filled, err error) {
	db, err := open(ctx, &o)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, db.close(context.WithoutCancel(ctx))) }()
	sets, err := compileAll(ctx, db, &o)
	if err != nil {
		return f, err
	}
	return run(ctx, db, sets, &o)
}

func open(ctx context.Context, o *Options) (database, error) {
	if o.URL != "" {
		return openPostgres(ctx, o.URL)
	}
	return openSQLite(ctx, o.Path)
}

// source is an original with its rows.
type source struct {
	created time.Time
	sets    []rowSet
}

func compileAll(ctx context.Context, db database, o *Options) ([]source, error) {
	tables, err := db.tables(ctx)
	if err != nil {
		return nil, err
	}
	sources := make([]source, len(o.Originals))
	for i := range o.Originals {
		id, err := ulid.ParseStrict(o.Originals[i].ID)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", o.Originals[i].ID, err)
		}
		sources[i].created = ulid.Time(id.Time())
	}
	for i := range tables {
		rows, err := db.rows(ctx, &tables[i], func(row []any) bool {
			return slices.ContainsFunc(o.Originals, func(original Original) bool { return names(row, &original) })
		})
		if err != nil {
			return nil, err
		}
		for n := range sources {
			sources[n].add(&tables[i], rows, &o.Originals[n])
		}
	}
	for n := range sources {
		if len(sources[n].sets) == 0 {
			return nil, errNothing
		}
	}
	return sources, nil
}

// add adds the rows of a table that are about an original.
func (s *source) add(t *table, rows [][]any, o *Original) {
	set := rowSet{table: t}
	for _, row := range rows {
		if !names(row, o) {
			continue
		}
		values := make([]value, len(row))
		for i, v := range row {
			values[i] = compile(v, o, s.created)
		}
		set.rows = append(set.rows, values)
	}
	if len(set.rows) > 0 {
		s.sets = append(s.sets, set)
	}
}

// run makes the copies, the oldest first. The originals take turns.
func run(ctx context.Context, db database, sources []source, o *Options) (f Filled, err error) {
	began := time.Now().Add(-o.Age - o.Span)
	for f.Orders < o.Orders {
		n := min(batch, o.Orders-f.Orders)
		rows, tables, err := makeBatch(sources, f.Orders, n, o.Kept, func(i int) time.Time {
			return began.Add(o.Span / time.Duration(o.Orders) * time.Duration(i))
		})
		if err == nil {
			err = writeBatch(ctx, db, rows, tables)
		}
		if err != nil {
			return f, err
		}
		f.Orders += n
		if f.Bytes, err = db.size(ctx); err != nil {
			return f, err
		}
		if o.Progress != nil {
			o.Progress(f.Orders, o.Orders)
		}
		if o.MostBytes > 0 && f.Bytes >= o.MostBytes {
			return f, nil
		}
	}
	return f, nil
}

// makeBatch makes the rows of the copies from first on, and returns their tables in the order in
// which the originals have them.
func makeBatch(sources []source, first, count int, kept map[string]time.Duration, at func(i int) time.Time) (rows map[*table][][]any, tables []*table, err error) {
	rows = map[*table][][]any{}
	for i := first; i < first+count; i++ {
		s, created := &sources[i%len(sources)], at(i)
		c, err := newCopy(i, created, s.created)
		if err != nil {
			return nil, nil, err
		}
		for _, set := range s.sets {
			if most, limited := kept[set.table.name]; limited && time.Since(created) > most {
				continue
			}
			if _, known := rows[set.table]; !known {
				tables = append(tables, set.table)
			}
			for _, values := range set.rows {
				rows[set.table] = append(rows[set.table], render(values, &c))
			}
		}
	}
	return rows, tables, nil
}

// writeBatch commits rows, table by table.
func writeBatch(ctx context.Context, db database, rows map[*table][][]any, tables []*table) error {
	if err := db.begin(ctx); err != nil {
		return err
	}
	for _, t := range tables {
		if err := db.insert(ctx, t, rows[t]); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return db.commit(ctx)
}

func render(values []value, c *copied) []any {
	row := make([]any, len(values))
	for i, v := range values {
		row[i] = v.of(c)
	}
	return row
}
