package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
)

// journal is a file of changes, one JSON line each. Lines are appended under the
// provider's lock, in the order of the changes, and written by whichever caller
// comes first to wait; the others find their lines written along with its own.
type journal struct {
	file *os.File

	mu      sync.Mutex // guards filling and last
	filling *batch     // takes new lines
	last    *batch     // the latest batch ever filled

	turn sync.Mutex // held while writing; guards batch.done and err
	err  error      // once a write failed, every later one does
}

// batch is lines that go to disk together.
type batch struct {
	lines []byte
	done  bool
	err   error
}

var errClosed = errors.New("simulator: the journal is closed")

// append adds a line to the batch now filling.
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

// tail is the latest batch; waiting for it waits for all that was appended.
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

// write puts the filling batch on disk. Batches are written one after the other, so
// one that is not done is the one filling.
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

// close writes what is left and closes the file.
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
