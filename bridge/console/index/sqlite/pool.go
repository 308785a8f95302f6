package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// pool are connections to a file.
type pool struct {
	db   *sql.DB
	free chan *connection // that no transaction uses; nil: it is opened when it is needed
}

// connection is a connection with the statements that are compiled on it, by their texts, which
// are constants of the index: to compile a statement takes longer than to run it.
type connection struct {
	*sql.Conn
	statements map[string]*sql.Stmt
}

func newPool(db *sql.DB, connections int) *pool {
	p := &pool{db, make(chan *connection, connections)}
	for range connections {
		p.free <- nil
	}
	return p
}

// take returns a connection for one transaction; give takes it back.
func (p *pool) take(ctx context.Context) (c *connection, err error) {
	select {
	case c = <-p.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c != nil {
		return c, nil
	}
	conn, err := p.db.Conn(ctx)
	if err != nil {
		p.free <- nil
		return nil, err
	}
	return &connection{conn, map[string]*sql.Stmt{}}, nil
}

// give takes a connection back. One that is broken is closed, and another opened in its place.
func (p *pool) give(c *connection, err error) {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		_ = c.close()
		c = nil
	}
	p.free <- c
}

// close closes the connections, of which none is used any more.
func (p *pool) close() error {
	var errs []error
	for range cap(p.free) {
		if c := <-p.free; c != nil {
			errs = append(errs, c.close())
		}
	}
	return errors.Join(append(errs, p.db.Close())...)
}

func (c *connection) close() error {
	for _, stmt := range c.statements {
		_ = stmt.Close() // with its connection
	}
	return c.Conn.Close()
}

// transact runs f in a transaction and commits it unless f fails. The transaction does not end
// with ctx, since what f runs after that would be outside of it; see each.
func (p *pool) transact(ctx context.Context, o *sql.TxOptions, f func(*connection) error) error {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	t, err := c.BeginTx(context.WithoutCancel(ctx), o)
	if err == nil {
		if err = f(c); err == nil {
			err = t.Commit()
		} else {
			err = errors.Join(err, t.Rollback())
		}
	}
	p.give(c, err)
	return err
}

// prepared returns a statement that is compiled.
func (c *connection) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt := c.statements[text]; stmt != nil {
		return stmt, nil
	}
	stmt, err := c.PrepareContext(ctx, text)
	if err == nil {
		c.statements[text] = stmt
	}
	return stmt, err
}
