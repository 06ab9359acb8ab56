package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	sqlite "modernc.org/sqlite"
)

// To compile a statement costs SQLite more than to run it, and the driver
// compiles each anew. The connections of this package remember the statements
// that they have compiled. The queue, whose statements are long and come
// thousands of times, needs a third of the processor time for it.

// maxStatements bounds what a connection remembers. A store and a queue use
// about fifty statements; some have varying text, and must not fill memory.
const maxStatements = 100

// openDB opens a database whose connections remember their statements.
func openDB(dsn string) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(rememberingConnector{connector}), nil
}

type rememberingConnector struct{ driver.Connector }

func (c rememberingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := opened.(fullConn)
	if !ok {
		return nil, fmt.Errorf("the SQLite driver's connection (%T) lacks a method", opened)
	}
	return &conn{fullConn: full, statements: map[string]*statement{}}, nil
}

// fullConn is what the driver documents its connections to be.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection that remembers its statements. As all driver
// connections, it is used by one goroutine at a time.
type conn struct {
	fullConn
	statements map[string]*statement
}

// statement is a compiled statement. While rows of it are being read, it can't
// be run a second time.
type statement struct {
	compiled fullStatement
	reading  bool
}

// fullStatement is what the driver's compiled statements are.
type fullStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// Unwrap returns the driver's own connection.
func (c *conn) Unwrap() driver.Conn { return c.fullConn }

// Close forgets the statements and closes the connection.
func (c *conn) Close() error {
	c.forget()
	return c.fullConn.Close()
}

// ExecContext runs a statement that returns no rows.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	return s.compiled.ExecContext(ctx, args)
}

// QueryContext runs a statement that returns rows.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	found, err := s.compiled.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.reading = true
	return &rows{Rows: found, of: s}, nil
}

// statement returns the compiled statement for query, or nil if the driver
// must compile another because rows of it are being read.
func (c *conn) statement(ctx context.Context, query string) (*statement, error) {
	if s, ok := c.statements[query]; ok {
		if s.reading {
			return nil, nil
		}
		return s, nil
	}
	if len(c.statements) >= maxStatements {
		c.forget()
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	compiled, ok := prepared.(fullStatement)
	if !ok {
		return nil, fmt.Errorf("the SQLite driver's statement (%T) lacks a method", prepared)
	}
	s := &statement{compiled: compiled}
	c.statements[query] = s
	return s, nil
}

// forget closes all statements but those that are being read.
func (c *conn) forget() {
	for query, s := range c.statements {
		if !s.reading {
			s.compiled.Close() //nolint:errcheck // it was run without an error, or told so then
			delete(c.statements, query)
		}
	}
}

// rows are the rows of a remembered statement.
type rows struct {
	driver.Rows
	of *statement
}

// Close ends the reading, and frees the statement for its next run.
func (r *rows) Close() error {
	r.of.reading = false
	return r.Rows.Close()
}
