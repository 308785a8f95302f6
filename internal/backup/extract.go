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
)

// ErrDamaged is the fault of a file that is no backup, or not as it was written.
var ErrDamaged = errors.New("the file is no backup, or is damaged")

// mostText bounds the manifest and the digests, which are read into memory.
const mostText = 1 << 20

// Extract writes the files of the backup at path into dir, which should be empty, and
// returns its manifest and their names. It returns no files unless every digest is right;
// what is in dir after a fault is not to be used. The files are durable, with mode 0600.
func Extract(path, dir string) (Manifest, []string, error) {
	f, err := os.Open(path)
	if err != nil {
		return Manifest{}, nil, err
	}
	defer f.Close()
	x := &extractor{dir: dir, sums: map[string]string{}}
	if err := x.all(tar.NewReader(f)); err != nil {
		return Manifest{}, nil, err
	}
	m, err := decodeManifest(x.manifest)
	return m, x.files, err
}

type extractor struct {
	dir      string
	files    []string          // without the manifest
	sums     map[string]string // of what was read, by name
	manifest []byte
}

// all reads entries up to the digests, which must be those of exactly what came before.
func (x *extractor) all(r *tar.Reader) error {
	for {
		h, err := r.Next()
		switch {
		case err != nil: // the end too: the digests are missing
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		case h.Typeflag != tar.TypeReg || !isBaseName(h.Name) || x.sums[h.Name] != "":
			return fmt.Errorf("%w: it has an entry %q", ErrDamaged, h.Name)
		case h.Name == sumsName:
			return x.verify(r)
		}
		if err := x.entry(h.Name, r); err != nil {
			return err
		}
	}
}

// isBaseName reports whether a name leads to no other directory, on any system.
func isBaseName(name string) bool {
	return name != "" && name[0] != '.' && !strings.ContainsAny(name, `/\:`) && filepath.IsLocal(name)
}

func (x *extractor) entry(name string, r io.Reader) error {
	digest := sha256.New()
	in := io.TeeReader(r, digest)
	var err error
	if name == manifestName {
		x.manifest, err = io.ReadAll(io.LimitReader(in, mostText))
		err = cutShort(err)
	} else {
		x.files = append(x.files, name)
		err = writeFile(filepath.Join(x.dir, name), in)
	}
	x.sums[name] = hex.EncodeToString(digest.Sum(nil))
	return err
}

func writeFile(path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(cutShort(err), f.Sync(), f.Close())
}

// cutShort is ErrDamaged for an archive that ends inside a file.
func cutShort(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends too early", ErrDamaged)
	}
	return err
}

// verify compares the digests of what was read with those that the backup names.
func (x *extractor) verify(r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, mostText))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != len(x.sums) || x.manifest == nil {
		return fmt.Errorf("%w: files are missing", ErrDamaged)
	}
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		if x.sums[name] != sum || sum == "" {
			return fmt.Errorf("%w: %s is not as it was written", ErrDamaged, name)
		}
	}
	return nil
}
