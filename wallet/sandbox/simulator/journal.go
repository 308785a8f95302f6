package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
)

// journal is a file of changes, one JSON line each. Lines are appended under the provider's
// lock, in the order of the changes. The first caller that waits writes all lines that are
// pending; the others find theirs written.
type journal struct {
	file *os.File

	mu      sync.Mutex // guards filling and last
	filling *batch     // takes new lines
	last    *batch     // the latest batch ever filled

	turn sync.Mutex // held while writing; guards batch.done and err
	err  error      // after a write failed, every later one does
}

// batch has lines that are written together.
type batch struct {
	lines []byte
	done  bool
	err   error
}

var errClosed = errors.New("simulator: the journal is closed")

// append adds a line to the batch that is being filled.
func (j *journal) append(e entry) *batch {
	line, err := json.Marshal(e)
	if err != nil {
		panic(err) // our own types always encode
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.filling == nil {
		j.filling = new(batch)
		j.last = j.filling
	}
	j.filling.lines = append(append(j.filling.lines, line...), '\n')
	return j.filling
}

// tail returns the latest batch; waiting for it waits for all that was appended.
func (j *journal) tail() *batch {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.last
}

// commit returns once the batch is on disk.
func (j *journal) commit(b *batch) error {
	if b == nil {
		return nil
	}
	j.turn.Lock()
	defer j.turn.Unlock()
	if !b.done {
		j.write()
	}
	return b.err
}

// write writes the batch that is being filled. Batches are written one after the other, so one
// that is not done is the one being filled.
func (j *journal) write() {
	j.mu.Lock()
	b := j.filling
	j.filling = nil
	j.mu.Unlock()
	if b == nil {
		return
	}
	if j.err == nil {
		j.err = j.flush(b.lines)
	}
	b.lines, b.done, b.err = nil, true, j.err
}

func (j *journal) flush(lines []byte) error {
	if _, err := j.file.Write(lines); err != nil {
		return fmt.Errorf("simulator: journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("simulator: journal: %w", err)
	}
	return nil
}

// close writes what is pending and closes the file.
func (j *journal) close() error {
	j.turn.Lock()
	defer j.turn.Unlock()
	if errors.Is(j.err, errClosed) {
		return nil
	}
	j.write()
	err := j.err
	j.err = errClosed
	return errors.Join(err, j.file.Close())
}
