package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/minitill/minitill/bridge/console/index"
	indexpg "github.com/minitill/minitill/bridge/console/index/postgres"
	indexlite "github.com/minitill/minitill/bridge/console/index/sqlite"
	"github.com/minitill/minitill/bridge/console/operator"
	"github.com/minitill/minitill/bridge/store/postgres"
	"github.com/minitill/minitill/bridge/store/sqlite"
)

// lateIndex is how far the console's index may be behind before the doctor names it.
const lateIndex = time.Minute

const rebuildIndex = "minitill index rebuild; with SQLite stop the till first."

// index examines the index of the console, which it reads as it is.
func (d *doctor) index(ctx context.Context) (found []diagnosis) {
	if !d.sameSchema(ctx) {
		return one(skipped, "the store has another schema, or none", "See the check of the schema.")
	}
	db, err := d.config.openStore(ctx)
	if err != nil {
		return one(skipped, "the store cannot be opened", "See the check of the database.")
	}
	defer db.Close()
	operators, err := operator.NewBook(db).List(ctx)
	switch {
	case err != nil:
		return one(skipped, "the operators cannot be read", "See the check of the database.")
	case len(operators) == 0 && d.config.Console.OIDC.Issuer == "":
		return one(skipped, "the console is off: there is no operator", "")
	}
	if !d.config.shared() {
		info, err := os.Stat(d.config.indexFile())
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return one(risky, "there is no "+d.config.indexFile()+": the console has no charts, and finds no payers", "A till that serves makes it; where one does, see its log.")
		case err == nil && openTo(info, 0o077):
			found = one(risky, d.config.indexFile()+" is open to other users of this machine", "chmod 600 "+d.config.indexFile())
		}
	}
	return append(found, d.indexProgress(ctx, db)...)
}

// sameSchema reports whether the store has the migrations of this binary: opening another one
// would change it.
func (d *doctor) sameSchema(ctx context.Context) bool {
	known := sqlite.Known
	if d.config.shared() {
		known = postgres.Known
	}
	brought, err := known()
	applied, appliedErr := d.config.migrations(ctx)
	return err == nil && appliedErr == nil && slices.Equal(applied, brought)
}

// indexProgress compares the index with the store and the configuration, app by app.
func (d *doctor) indexProgress(ctx context.Context, db database) (found []diagnosis) {
	open := func(ctx context.Context) (index.Database, error) {
		if d.config.shared() {
			return indexpg.Existing(ctx, string(d.config.Store.URL.Reveal()))
		}
		return indexlite.Existing(ctx, d.config.indexFile())
	}
	x := index.New(index.Lazily(open), index.Config{Source: d.config.whole(db), Apps: d.config.appNames(), Zones: d.config.zones(), Now: d.now})
	defer x.Close()
	s, err := x.Status(ctx)
	if err != nil {
		return one(risky, "the index cannot be read: "+err.Error(), "A till of this version makes it anew; or "+rebuildIndex)
	}
	for i := range s.Apps {
		found = append(found, d.judgeIndex(&s.Apps[i]))
	}
	return found
}

func (d *doctor) judgeIndex(a *index.AppStatus) diagnosis {
	zone := d.config.Apps[a.App].TimeZone
	if zone == "UTC" {
		zone = ""
	}
	const serve = "A till that serves catches up; where one does, see its log."
	switch {
	case a.Building:
		return diagnosis{State: risky, Detail: fmt.Sprintf("%s: the index is not complete; it has %d events", a.App, a.Events), Do: serve}
	case a.Behind > lateIndex:
		return diagnosis{State: risky, Detail: fmt.Sprintf("%s: the index is %s behind", a.App, a.Behind.Round(time.Second)), Do: serve}
	case a.Zone != zone:
		return diagnosis{State: risky, Detail: fmt.Sprintf("%s: the days of the charts are those of %s, and the app's timeZone is %s", a.App, orUTC(a.Zone), orUTC(zone)), Do: rebuildIndex}
	case a.Skipped > 0:
		return diagnosis{State: risky, Detail: fmt.Sprintf("%s: %d events could not be applied to the index", a.App, a.Skipped), Do: rebuildIndex}
	}
	return diagnosis{State: fine, Detail: fmt.Sprintf("%s: the index has all of %d events", a.App, a.Events)}
}

func orUTC(zone string) string {
	if zone == "" {
		return "UTC"
	}
	return zone
}
