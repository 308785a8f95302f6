package retention

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// Report is what Verify found in the archive of an app.
type Report struct {
	App                  string
	Files, Events, Bytes int64
	Orders               int
	// Problems are what is wrong with files that are listed. An archive without one is whole.
	Problems []string
	// Unlisted are files that no store or manifest names: an earlier step stopped before it was
	// complete, or the store was restored to a time before them.
	Unlisted []string
}

// Verify reads every file of an app that from lists, and checks its digest, that it follows
// the file before it, and that the events of each order follow each other without a gap.
//
// Faults: those of from.
func (f *Folder) Verify(ctx context.Context, from store.Archives, app string) (Report, error) {
	r := Report{App: app}
	v := verification{report: &r, sequences: map[bridge.OrderID]int64{}, listed: map[string]bool{manifestName: true}}
	err := eachFile(ctx, from, app, func(file *store.ArchiveFile) error {
		v.listed[file.Name] = true
		if err := ctx.Err(); err != nil {
			return err
		}
		v.check(f, app, file)
		return nil
	})
	if err != nil {
		return r, err
	}
	r.Orders = len(v.sequences)
	r.Unlisted, err = f.unlisted(app, v.listed)
	return r, err
}

// verification is a Verify that is under way.
type verification struct {
	report    *Report
	before    store.ArchiveFile
	sequences map[bridge.OrderID]int64 // the last one of each order
	listed    map[string]bool
}

// check reads one file.
func (v *verification) check(f *Folder, app string, file *store.ArchiveFile) {
	r := v.report
	r.Files, r.Events, r.Bytes = r.Files+1, r.Events+file.Events, r.Bytes+file.Bytes
	h, err := f.readHeader(app, file, func(e *store.FeedEvent) error {
		if want := v.sequences[e.Order] + 1; e.Sequence != want {
			v.problem("%s: event %d of order %s follows event %d", file.Name, e.Sequence, e.Order, want-1)
		}
		v.sequences[e.Order] = e.Sequence
		return nil
	})
	want := headerAfter(app, &v.before)
	switch {
	case err != nil:
		v.problem("%s", detailOf(err))
	case file.Number != v.before.Number+1 || h != want:
		v.problem("%s: it does not follow file %d", file.Name, v.before.Number)
	case nameOf(app, file) != file.Name:
		v.problem("%s: its name is not that of its content, %s", file.Name, hex.EncodeToString(file.Digest[:6]))
	}
	v.before = *file
}

// maxProblems bounds the problems of a report.
const maxProblems = 100

func (v *verification) problem(format string, args ...any) {
	if len(v.report.Problems) < maxProblems {
		v.report.Problems = append(v.report.Problems, fmt.Sprintf(format, args...))
	}
}

func detailOf(err error) string {
	if detail := fault.Of(err).Detail; detail != "" {
		return detail
	}
	return err.Error()
}

// unlisted returns the files of an app that are not listed.
func (f *Folder) unlisted(app string, listed map[string]bool) (names []string, err error) {
	list, err := os.ReadDir(f.ofApp(app))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range list {
		if name := entry.Name(); !listed[name] && !strings.HasPrefix(name, temporary) {
			names = append(names, name)
		}
	}
	return names, err
}
