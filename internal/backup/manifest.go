package backup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// format is the version of the archive's layout.
const format = 1

const (
	manifestName = "manifest.json"
	sumsName     = "SHA256SUMS"
)

// Manifest describes a backup.
type Manifest struct {
	Format     int       `json:"format"`
	TakenAt    time.Time `json:"takenAt"` // before the copy of the database began
	Version    string    `json:"version"` // of the program
	Commit     string    `json:"commit,omitempty"`
	Migrations []string  `json:"migrations"` // that the database has, oldest first
}

func (m *Manifest) encode() ([]byte, error) {
	m.Format = format
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

func decodeManifest(text []byte) (m Manifest, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("%w: its manifest cannot be read: %w", ErrDamaged, err)
	}
	if m.Format != format {
		return m, fmt.Errorf("the backup has format %d, and this program reads format %d: restore it with the version that made it (%s)", m.Format, format, m.Version)
	}
	return m, nil
}
