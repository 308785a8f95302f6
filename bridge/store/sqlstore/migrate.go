package sqlstore

import (
	"context"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/minitill/minitill/fault"
)

//go:embed migrations/*/*.sql
var migrations embed.FS

// migration is one step of the schema. Steps go forward only.
type migration struct {
	version int64
	name    string
	text    string
}

// steps returns the migrations of a dialect in order. Files are called
// NNNN_name.sql and numbered from 1 without gaps.
func steps(dialect string) ([]migration, error) {
	dir := "migrations/" + dialect
	files, err := fs.ReadDir(migrations, dir)
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, file := range files {
		number, _, _ := strings.Cut(file.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || version != int64(i+1) {
			return nil, fmt.Errorf("migration %s is not number %d", file.Name(), i+1)
		}
		text, err := migrations.ReadFile(dir + "/" + file.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, migration{version, file.Name(), string(text)})
	}
	return list, nil
}

// unapplied are the steps that a schema lacks.
//
// Faults: Unsupported for one that has more than there are.
func unapplied(op string, list []migration, have int64) ([]migration, error) {
	if have > int64(len(list)) {
		return nil, fault.New(fault.Unsupported, op, "The database was written by a newer version.")
	}
	return list[have:], nil
}

const migrationTable = `create table if not exists migrations (
	version integer primary key, name text not null, applied_at integer not null) strict`

// migrate brings the schema up to date in one transaction, so that of several
// processes that start at once one does the work and the others find it done.
func migrate(ctx context.Context, c *conn) (err error) {
	list, err := steps("sqlite")
	if err != nil {
		return err
	}
	if err := c.script(ctx, "begin immediate"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.script(ctx, "rollback"))
		}
	}()
	if err := apply(ctx, c, list); err != nil {
		return err
	}
	return c.script(ctx, "commit")
}

func apply(ctx context.Context, c *conn, list []migration) error {
	if err := c.script(ctx, migrationTable); err != nil {
		return err
	}
	have, err := schemaVersion(ctx, c)
	if err != nil {
		return err
	}
	missing, err := unapplied("sqlstore.Open", list, have)
	if err != nil {
		return err
	}
	for _, m := range missing {
		if err := c.script(ctx, m.text); err != nil {
			return fmt.Errorf("migration %s: %w", m.name, err)
		}
		if m.version == flagsMigration {
			if err := rewriteFlagged(sqliteFlagged{ctx, c}); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		}
		err := c.script(ctx, "insert into migrations values (?, ?, ?)", m.version, m.name, time.Now().UnixMilli())
		if err != nil {
			return err
		}
	}
	return nil
}

func schemaVersion(ctx context.Context, c *conn) (version int64, err error) {
	err = c.query(ctx, "select coalesce(max(version), 0) from migrations", func(row []driver.Value) {
		version, _ = row[0].(int64)
	})
	return version, err
}
