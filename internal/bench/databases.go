package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// databases are the databases of a run on PostgreSQL. They have names of their own, and are
// dropped at the end: nothing that exists is written to.
type databases struct {
	url   *url.URL
	admin *pgx.Conn
	names []string
}

// databaseURLFile holds the URL of a server's database, in its directory.
const databaseURLFile = "database.url"

var errDatabase = errors.New("the database cannot be reached; its URL is postgres://user@127.0.0.1/database, of a role that may create databases")

func openDatabases(ctx context.Context, text string) (*databases, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errDatabase // err repeats the URL, which may have a password
	}
	admin, err := pgx.Connect(ctx, text)
	if err != nil {
		return nil, errDatabase
	}
	return &databases{url: u, admin: admin}, nil
}

// create creates a database and returns its URL.
func (d *databases) create(ctx context.Context, side string) (string, error) {
	name := "minitill_bench_" + strings.ReplaceAll(side, "-", "_") + "_" + strings.ToLower(rand.Text()[:8])
	if _, err := d.admin.Exec(ctx, "create database "+pgx.Identifier{name}.Sanitize()); err != nil {
		return "", err
	}
	d.names = append(d.names, name)
	u := *d.url
	u.Path = "/" + name
	return u.String(), nil
}

// databaseFile creates a database and writes its URL to a file in dir.
func (w *world) databaseFile(ctx context.Context, dir, side string) (string, error) {
	address, err := w.databases.create(ctx, side)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, databaseURLFile)
	return file, os.WriteFile(file, []byte(address), 0o600)
}

// dropLimit bounds how long the end of a run waits for PostgreSQL.
const dropLimit = time.Minute

// close drops the databases, also when the run was interrupted.
func (d *databases) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), dropLimit)
	defer cancel()
	var faults []error
	for _, name := range d.names {
		_, err := d.admin.Exec(ctx, "drop database if exists "+pgx.Identifier{name}.Sanitize()+" with (force)")
		faults = append(faults, err)
	}
	return errors.Join(append(faults, d.admin.Close(ctx))...)
}
