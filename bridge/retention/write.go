package retention

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

// writer writes one file under a temporary name.
type writer struct {
	folder *Folder
	app    string
	temp   *os.File
	digest hash.Hash
	size   counter
	zip    *gzip.Writer
	out    *bufio.Writer
	file   store.ArchiveFile
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// begin begins the file that follows last.
func (f *Folder) begin(app string, last *store.ArchiveFile) (*writer, error) {
	if err := f.before("create"); err != nil {
		return nil, err
	}
	if err := f.prepare(app); err != nil {
		return nil, err
	}
	temp, err := os.CreateTemp(f.ofApp(app), temporary) // made with mode 0600
	if err != nil {
		return nil, err
	}
	w := &writer{folder: f, app: app, temp: temp, digest: sha256.New(), file: store.ArchiveFile{Number: last.Number + 1}}
	w.zip = gzip.NewWriter(io.MultiWriter(temp, w.digest, &w.size))
	w.out = bufio.NewWriter(w.zip)
	return w, w.put(headerAfter(app, last))
}

func (w *writer) put(v any) error {
	text, err := encodeLine(v)
	if err == nil {
		_, err = w.out.Write(text)
	}
	return err
}

// add appends events.
func (w *writer) add(events []store.FeedEvent) error {
	if err := w.folder.before("write"); err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		if err := w.put(lineOf(e)); err != nil {
			return err
		}
		if w.file.FirstAt.IsZero() || e.At.Before(w.file.FirstAt) {
			w.file.FirstAt = e.At
		}
		if e.At.After(w.file.LastAt) {
			w.file.LastAt = e.At
		}
		w.file.Events++
		w.file.Last = e.Key()
	}
	return nil
}

// finish makes the file durable under its own name, and reads it back. Nothing is deleted
// from a store before it returns.
func (w *writer) finish(now time.Time) (store.ArchiveFile, error) {
	err := w.put(footer{w.file.Events, w.file.Last.ID()})
	if err == nil {
		err = errors.Join(w.out.Flush(), w.zip.Close())
	}
	if err == nil {
		err = w.folder.before("sync")
	}
	if err == nil {
		err = w.temp.Sync()
	}
	if err != nil {
		return store.ArchiveFile{}, err
	}
	w.file.Bytes, w.file.CreatedAt = int64(w.size), now
	w.digest.Sum(w.file.Digest[:0])
	w.file.Name = nameOf(w.app, &w.file)
	return w.file, w.publish()
}

// publish gives the file its name.
func (w *writer) publish() error {
	if err := w.folder.before("rename"); err != nil {
		return err
	}
	if err := os.Rename(w.temp.Name(), w.folder.file(w.app, w.file.Name)); err != nil {
		return err
	}
	if err := w.folder.before("sync the directory"); err != nil {
		return err
	}
	if err := syncDir(w.folder.ofApp(w.app)); err != nil {
		return err
	}
	return w.folder.read(w.app, &w.file, func(*store.FeedEvent) error { return nil })
}

// close closes the temporary file, and removes it where it was not published.
func (w *writer) close() {
	_ = w.temp.Close()
	_ = os.Remove(w.temp.Name())
}

// nameOf returns the name of a file, such as shop-000012-2026-01-0a1b2c3d4e5f.jsonl.gz. Files
// sort by number; the month is that of the first event.
func nameOf(app string, f *store.ArchiveFile) string {
	return fmt.Sprintf("%s-%06d-%s-%s.jsonl.gz", escaped(app), f.Number, f.FirstAt.Format("2006-01"), hex.EncodeToString(f.Digest[:6]))
}
