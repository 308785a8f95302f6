package bare

import "sync"

// mostTogether bounds how many jobs share a commit.
const mostTogether = 64

// group lets what waits at the same time be sent together, by a few workers.
type group[T any] struct {
	jobs    chan job[T]
	workers sync.WaitGroup
}

type job[T any] struct {
	wants T
	done  chan error
}

// newGroup starts the workers. send's error is that of every job in the batch.
func newGroup[T any](workers int, send func(batch []T) error) *group[T] {
	g := &group[T]{jobs: make(chan job[T], 4*mostTogether)}
	for range workers {
		g.workers.Go(func() { g.work(send) })
	}
	return g
}

// do returns when the job was sent.
func (g *group[T]) do(wants T) error {
	j := job[T]{wants, make(chan error, 1)}
	g.jobs <- j
	return <-j.done
}

func (g *group[T]) work(send func([]T) error) {
	for first := range g.jobs {
		waiting := g.waiting([]job[T]{first})
		batch := make([]T, len(waiting))
		for i, j := range waiting {
			batch[i] = j.wants
		}
		err := send(batch)
		for _, j := range waiting {
			j.done <- err
		}
	}
}

// waiting appends what waits.
func (g *group[T]) waiting(batch []job[T]) []job[T] {
	for len(batch) < mostTogether {
		select {
		case j, open := <-g.jobs:
			if !open {
				return batch
			}
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

// close ends the workers, after the last call of do.
func (g *group[T]) close() {
	close(g.jobs)
	g.workers.Wait()
}
