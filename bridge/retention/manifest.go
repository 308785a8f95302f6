package retention

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/minitill/minitill/bridge"
	"github.com/minitill/minitill/bridge/store"
)

// manifestName is the file that lists the files of an app.
const manifestName = "manifest.json"

// manifest lists the files of an app as the store knows them, for a reader that has no store.
// It is rewritten after each file, so it may lack the last one after a crash.
type manifest struct {
	Format string         `json:"format"`
	App    string         `json:"app"`
	Files  []manifestFile `json:"files"`
}

type manifestFile struct {
	Number  int64     `json:"number"`
	Name    string    `json:"name"`
	SHA256  string    `json:"sha256"`
	Bytes   int64     `json:"bytes"`
	Events  int64     `json:"events"`
	FirstAt time.Time `json:"firstAt"`
	LastAt  time.Time `json:"lastAt"`
	Last    string    `json:"last"` // the id of the last event
}

// writeManifest writes the manifest of an app from the store.
func (f *Folder) writeManifest(ctx context.Context, from store.Archives, app string) error {
	if err := f.before("manifest"); err != nil {
		return err
	}
	m := manifest{Format: format, App: app}
	err := eachFile(ctx, from, app, func(file *store.ArchiveFile) error {
		m.Files = append(m.Files, manifestFile{
			file.Number, file.Name, hex.EncodeToString(file.Digest[:]), file.Bytes, file.Events, file.FirstAt, file.LastAt, file.Last.ID(),
		})
		return nil
	})
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return f.replace(app, manifestName, append(text, '\n'))
}

// Manifests reads the manifests of a folder, for a reader that has no store.
func (f *Folder) Manifests() *Manifests { return &Manifests{f} }

// Manifests are the archive files that the manifests of a folder list.
type Manifests struct{ folder *Folder }

// Archives implements store.Archives.
func (m *Manifests) Archives(_ context.Context, app string, after int64, limit int) (list []store.ArchiveFile, err error) {
	text, err := os.ReadFile(m.folder.file(app, manifestName))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var read manifest
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, manifestName, err)
	}
	for i := range read.Files {
		if read.Files[i].Number <= after || len(list) >= limit {
			continue
		}
		file, ok := read.Files[i].file()
		if !ok {
			return nil, fmt.Errorf("%w: %s: file %d", ErrDamaged, manifestName, read.Files[i].Number)
		}
		list = append(list, file)
	}
	return list, nil
}

// Horizon implements store.Archives.
func (m *Manifests) Horizon(ctx context.Context, app string) (last store.ArchiveFile, err error) {
	err = eachFile(ctx, m, app, func(file *store.ArchiveFile) error { last = *file; return nil })
	return last, err
}

func (m *manifestFile) file() (f store.ArchiveFile, ok bool) {
	f = store.ArchiveFile{Number: m.Number, Name: m.Name, Bytes: m.Bytes, Events: m.Events, FirstAt: m.FirstAt, LastAt: m.LastAt}
	digest, err := hex.DecodeString(m.SHA256)
	copy(f.Digest[:], digest)
	f.Last, ok = bridge.ParseEventID(m.Last)
	return f, ok && err == nil && len(digest) == len(f.Digest)
}
