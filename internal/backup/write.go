package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Write writes a backup of files to the file at path, which must not exist. The files keep
// their base names, which must differ. What is at path is whole, durable and readable by
// its owner only, or is not there; a crash at the last step may leave it empty.
func Write(path string, m Manifest, files ...string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	w := &writer{tar: tar.NewWriter(f), at: m.TakenAt}
	err = errors.Join(w.all(m, files), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := claim(path); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// claim makes an empty file, which fails where one exists: rename would write over it.
func claim(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// writer writes an archive and collects the digests of its files.
type writer struct {
	tar  *tar.Writer
	at   time.Time
	sums strings.Builder
}

func (w *writer) all(m Manifest, files []string) error {
	text, err := m.encode()
	if err == nil {
		err = w.add(manifestName, int64(len(text)), strings.NewReader(string(text)))
	}
	for _, path := range files {
		if err == nil {
			err = w.addFile(path)
		}
	}
	if err == nil {
		sums := w.sums.String()
		err = w.add(sumsName, int64(len(sums)), strings.NewReader(sums))
	}
	if err != nil {
		return err
	}
	return w.tar.Close()
}

func (w *writer) addFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.add(filepath.Base(path), info.Size(), f)
}

func (w *writer) add(name string, size int64, r io.Reader) error {
	err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: w.at, Format: tar.FormatPAX})
	if err != nil {
		return err
	}
	digest := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w.tar, digest), r); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintf(&w.sums, "%s  %s\n", hex.EncodeToString(digest.Sum(nil)), name)
	return nil
}

// SyncDir makes the entries of a directory durable, where the system lets it.
func SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(syncHandle(d), d.Close())
}
