package sqlite_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
)

// A statement can be run while rows of the same statement are being read.
func TestStatementInsideItself(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "results.db")).DB()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	defer tx.Rollback()
	const query = `WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n`
	var count func(depth int) int
	count = func(depth int) int {
		if depth == 0 {
			return 1
		}
		rows, err := tx.QueryContext(t.Context(), query, 3)
		must(t, err)
		defer rows.Close()
		total := 0
		for rows.Next() {
			total += count(depth - 1)
		}
		must(t, rows.Err())
		return total
	}
	if got := count(3); got != 27 {
		t.Errorf("three loops of three inside one another ran %d times, want 27", got)
	}
}

// Many different statements neither disturb one that is being read nor stay in
// memory for ever.
func TestManyStatements(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "results.db")).DB()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	defer tx.Rollback()
	rows, err := tx.QueryContext(t.Context(), `VALUES (0), (1), (2)`)
	must(t, err)
	defer rows.Close()
	for row := 0; rows.Next(); row++ {
		var got int
		must(t, rows.Scan(&got))
		if got != row {
			t.Errorf("row %d is %d", row, got)
		}
		for i := range 250 {
			must(t, tx.QueryRowContext(t.Context(), fmt.Sprintf(`SELECT %d`, i)).Scan(&got))
			if got != i {
				t.Errorf("statement %d returned %d", i, got)
			}
		}
	}
	must(t, rows.Err())
}

// A remembered statement can be used again after it failed, was interrupted,
// or the tables under it changed.
func TestStatementAfterFailure(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "results.db")).DB()
	run := func(query string, args ...any) error {
		_, err := db.ExecContext(t.Context(), query, args...)
		return err
	}
	const insert = `INSERT INTO pairs VALUES (?, ?)`
	if run(insert, 1, 1) == nil {
		t.Error("inserted into a table that does not exist")
	}
	must(t, run(`CREATE TABLE pairs (a INTEGER PRIMARY KEY, b INTEGER)`))
	must(t, run(insert, 1, 1))
	if run(insert, 1, 2) == nil {
		t.Error("inserted a key twice")
	}
	must(t, run(insert, 2, 2))
	must(t, run(`DROP TABLE pairs`))
	must(t, run(`CREATE TABLE pairs (b TEXT, a INTEGER)`))
	must(t, run(insert, 1, 1))
	must(t, run(insert, 1, 2))

	const count = `SELECT count(*) FROM pairs`
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	var n int
	if db.QueryRowContext(cancelled, count).Scan(&n) == nil {
		t.Error("a cancelled query succeeded")
	}
	must(t, db.QueryRowContext(t.Context(), count).Scan(&n))
	if n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}
