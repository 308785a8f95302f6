package retention

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/minitill/minitill/bridge/store"
)

// Folder is where the files of an archive are: a directory for each app. All nodes that
// archive share it, or one node alone archives.
type Folder struct {
	path string
	// step is called before each step of a write; tests stop there. Its error ends the write
	// as a crash would. nil: nothing is called.
	step func(name string) error
}

// NewFolder returns the archive in a directory, which is made when the first file is.
func NewFolder(path string) *Folder { return &Folder{path: path} }

// Path returns the directory.
func (f *Folder) Path() string { return f.path }

// temporary begins the names of files that are not whole yet.
const temporary = ".writing-"

// ofApp returns the directory of an app.
func (f *Folder) ofApp(app string) string { return filepath.Join(f.path, url.PathEscape(app)) }

// file returns the path of a file.
func (f *Folder) file(app, name string) string { return filepath.Join(f.ofApp(app), name) }

// Present reports whether a file is there with its size.
func (f *Folder) Present(app string, file *store.ArchiveFile) bool {
	info, err := os.Stat(f.file(app, file.Name))
	return err == nil && info.Mode().IsRegular() && info.Size() == file.Bytes
}

// before calls step, where there is one.
func (f *Folder) before(name string) error {
	if f.step == nil {
		return nil
	}
	return f.step(name)
}

// prepare makes the directory of an app, durably, and removes what an earlier write left
// there.
func (f *Folder) prepare(app string) error {
	dir := f.ofApp(app)
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		if err := errors.Join(syncDir(f.path), syncDir(filepath.Dir(f.path))); err != nil {
			return err
		}
	}
	list, err := os.ReadDir(dir)
	for _, entry := range list {
		if strings.HasPrefix(entry.Name(), temporary) {
			_ = os.Remove(filepath.Join(dir, entry.Name())) // another node may be writing it: its rename fails then
		}
	}
	return err
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// replace writes a small file durably in place of the one of that name.
func (f *Folder) replace(app, name string, text []byte) error {
	temp, err := os.CreateTemp(f.ofApp(app), temporary)
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), f.file(app, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return syncDir(f.ofApp(app))
}
