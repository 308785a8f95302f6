package retention

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
	"github.com/minitill/minitill/fault"
)

// ErrDamaged is returned for a file that is not what the store or the manifest says.
var ErrDamaged = errors.New("the archive file is damaged")

// escaped returns the name of an app as a part of a file's name.
func escaped(app string) string { return url.PathEscape(app) }

// maxLine bounds a line.
const maxLine = 16 << 20

// read calls visit with each event of a file, then checks the file's digest, header and
// footer. An error of visit ends it and is returned as it is.
//
// Faults: NotFound when the file is not there; ErrDamaged.
func (f *Folder) read(app string, file *store.ArchiveFile, visit func(*store.FeedEvent) error) error {
	_, err := f.readHeader(app, file, visit)
	return err
}

func (f *Folder) readHeader(app string, file *store.ArchiveFile, visit func(*store.FeedEvent) error) (h header, err error) {
	const op = "retention.read"
	in, err := os.Open(f.file(app, file.Name))
	if errors.Is(err, os.ErrNotExist) {
		return h, fault.New(fault.NotFound, op, "The archive file "+file.Name+" is not on this node.")
	}
	if err != nil {
		return h, fault.Wrap(fault.Unavailable, op, err)
	}
	defer func() { _ = in.Close() }()
	digest := sha256.New()
	whole := io.TeeReader(in, digest)
	h, err = readLines(whole, app, file, visit)
	if err == nil {
		_, err = io.Copy(io.Discard, whole)
	}
	if err == nil && [32]byte(digest.Sum(nil)) != file.Digest {
		err = damaged(file, "its digest is another one")
	}
	return h, err
}

func damaged(file *store.ArchiveFile, why string) error {
	return fmt.Errorf("%w: %s: %s", ErrDamaged, file.Name, why)
}

// readLines reads the lines of a file.
func readLines(in io.Reader, app string, file *store.ArchiveFile, visit func(*store.FeedEvent) error) (h header, err error) {
	unzipped, err := gzip.NewReader(in)
	if err != nil {
		return h, damaged(file, err.Error())
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	if !lines.Scan() || decodeLine(lines.Bytes(), &h) != nil || h.Format != format || h.App != app || h.Number != file.Number {
		return h, damaged(file, "its header is not that of file "+fmt.Sprint(file.Number)+" of "+app)
	}
	var last bridge.EventKey
	for range file.Events {
		var l line
		if !lines.Scan() || decodeLine(lines.Bytes(), &l) != nil {
			return h, damaged(file, "it lacks events")
		}
		e := l.event()
		last = e.Key()
		if err := visit(&e); err != nil {
			return h, err
		}
	}
	var end footer
	if !lines.Scan() || decodeLine(lines.Bytes(), &end) != nil || end.Events != file.Events || end.Last != last.ID() || last != file.Last {
		return h, damaged(file, "its footer is not there or counts other events")
	}
	if lines.Scan() || lines.Err() != nil {
		return h, damaged(file, "it does not end with its footer")
	}
	return h, nil
}

// errEnough ends a read early.
var errEnough = errors.New("enough was read")

// clockMargin is how far the clocks of the nodes that wrote the events may differ.
const clockMargin = 24 * time.Hour

// OrderEvents returns the events of an order, up to a sequence, from the archive, oldest
// first. created is when the order was.
//
// Faults: NotFound when a file is not on this node, or the archive lacks an event; ErrDamaged.
func (f *Folder) OrderEvents(ctx context.Context, from store.Archives, o *bridge.Order, upTo int64) (list []bridge.Event, err error) {
	err = eachFile(ctx, from, o.App, func(file *store.ArchiveFile) error {
		if file.LastAt.Before(o.CreatedAt.Add(-clockMargin)) {
			return nil
		}
		return f.read(o.App, file, func(e *store.FeedEvent) error {
			if e.Order == o.ID && e.Sequence == int64(len(list))+1 && e.Sequence <= upTo {
				list = append(list, e.Event)
			}
			if int64(len(list)) == upTo {
				return errEnough
			}
			return nil
		})
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	if err == nil && int64(len(list)) < upTo {
		err = fault.New(fault.NotFound, "retention.OrderEvents", "The archive lacks events of the order.")
	}
	return list, err
}

// eachFile calls visit with each file of an app, oldest first.
func eachFile(ctx context.Context, from store.Archives, app string, visit func(*store.ArchiveFile) error) error {
	const page = 100
	for after := int64(0); ; {
		files, err := from.Archives(ctx, app, after, page)
		if err != nil {
			return err
		}
		for i := range files {
			if err := visit(&files[i]); err != nil {
				return err
			}
			after = files[i].Number
		}
		if len(files) < page {
			return nil
		}
	}
}
