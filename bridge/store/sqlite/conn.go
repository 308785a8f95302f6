package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// conn is the one connection that writes, with its statements prepared. It uses
// the driver's own interface, which is a tenth faster per change than database/sql
// with its pool and its conversions. Only the writer's goroutine uses it.
type conn struct {
	driver driver.Conn
	stmts  [len(queries)]driver.Stmt
	more   map[string]driver.Stmt // those of package rows, by their texts, which are few
	args   []driver.NamedValue    // used again for every statement
	writes int64                  // rows written since the transaction began
}

func newConn(ctx context.Context, connector driver.Connector) (*conn, error) {
	d, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{driver: d, more: map[string]driver.Stmt{}}, nil
}

// prepare compiles every statement. The schema must be there already.
func (c *conn) prepare() (err error) {
	for i, query := range queries {
		if c.stmts[i], err = c.driver.Prepare(query); err != nil {
			return fmt.Errorf("statement %d: %w", i, err)
		}
	}
	return nil
}

func (c *conn) close() error {
	var errs []error
	for _, stmt := range c.stmts {
		if stmt != nil {
			errs = append(errs, stmt.Close())
		}
	}
	for _, stmt := range c.more {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.driver.Close())...)
}

// script runs SQL that is not prepared, such as a migration or a pragma.
func (c *conn) script(ctx context.Context, text string, args ...any) error {
	_, err := c.driver.(driver.ExecerContext).ExecContext(ctx, text, c.bind(args))
	return err
}

// exec runs a statement and returns how many rows it wrote. An argument is an int64,
// a string, a []byte or nil.
func (c *conn) exec(s statement, args ...any) (int64, error) {
	return c.execStmt(c.stmts[s], args)
}

func (c *conn) execStmt(stmt driver.Stmt, args []any) (int64, error) {
	result, err := stmt.(driver.StmtExecContext).ExecContext(context.Background(), c.bind(args))
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	c.writes += n
	return n, err
}

// control runs a statement that begins or ends something and writes no rows.
func (c *conn) control(s statement) error {
	_, err := c.stmts[s].(driver.StmtExecContext).ExecContext(context.Background(), nil)
	return err
}

// run is exec for a statement that is prepared at its first use.
func (c *conn) run(text string, args ...any) (int64, error) {
	stmt := c.more[text]
	if stmt == nil {
		var err error
		if stmt, err = c.driver.Prepare(text); err != nil {
			return 0, err
		}
		c.more[text] = stmt
	}
	return c.execStmt(stmt, args)
}

// each runs a query and gives every row to visit, whose slice is used again.
func (c *conn) each(s statement, visit func(row []driver.Value), args ...any) error {
	rows, err := c.stmts[s].(driver.StmtQueryContext).QueryContext(context.Background(), c.bind(args))
	if err != nil {
		return err
	}
	return visitRows(rows, visit)
}

// query is each for a query that is not prepared.
func (c *conn) query(ctx context.Context, text string, visit func(row []driver.Value), args ...any) error {
	rows, err := c.driver.(driver.QueryerContext).QueryContext(ctx, text, c.bind(args))
	if err != nil {
		return err
	}
	return visitRows(rows, visit)
}

func visitRows(rows driver.Rows, visit func(row []driver.Value)) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); err {
		case nil:
			visit(row)
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

func (c *conn) bind(args []any) []driver.NamedValue {
	c.args = c.args[:0]
	for i, arg := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return c.args
}
