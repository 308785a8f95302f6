package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/minitill/minitill/bridge/store"
)

// backupMark is the name of the document that tells servers of the newest backup.
const backupMark = "backup"

// backupNote is that document.
type backupNote struct {
	Begun time.Time `json:"begun"`
}

// markBackup notes in the store that a backup was made that was begun at a time. An older one
// than is known changes nothing.
func markBackup(ctx context.Context, s store.Documents, begun time.Time) error {
	return s.ChangeDocument(ctx, backupMark, func(doc []byte) ([]byte, error) {
		known, err := readBackupNote(doc)
		if err != nil || !begun.After(known) {
			return nil, err
		}
		return json.Marshal(backupNote{begun.UTC()})
	})
}

// lastBackup returns when the newest backup was begun; zero when none is known.
func lastBackup(ctx context.Context, s store.Documents) (time.Time, error) {
	doc, _, err := s.Document(ctx, backupMark, 0)
	if err != nil {
		return time.Time{}, err
	}
	return readBackupNote(doc)
}

func readBackupNote(doc []byte) (time.Time, error) {
	var note backupNote
	if doc == nil {
		return time.Time{}, nil
	}
	err := json.Unmarshal(doc, &note)
	return note.Begun, err
}
