package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errReadOnly says that a file must not be written.
var errReadOnly = errors.New("is read-only: make it writable, or copy it")

// OpenToRead opens a store that is there for a caller who only reads. Where the file,
// or its folder, cannot be written, it reads the file as it lies there and writes
// nothing beside it. That is possible only while nobody writes to it: a file with
// changes that are not in it yet is refused, and one that changes meanwhile is an
// error of Close. So is, in such a place, a file of an older Turncoat, whose tables
// would have to be brought up to date. All writes to such a store are errors.
func OpenToRead(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
	s, err := open(ctx, path)
	if isReadOnly(err) {
		s, err = openStill(ctx, path)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, explain(err))
	}
	return s, nil
}

// isReadOnly reports whether opening failed because the place cannot be written.
func isReadOnly(err error) bool {
	if errors.Is(err, errReadOnly) || errors.Is(err, fs.ErrPermission) {
		return true
	}
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return true
	}
	return false
}

// openStill opens a file that does not change. SQLite then needs neither locks nor
// files beside it.
func openStill(ctx context.Context, path string) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	s := &Store{path: absolute}
	if s.still, err = stateOf(absolute); err != nil {
		return nil, err
	}
	if s.reads, err = openDB(dsn(absolute, "query_only(1)") + "&mode=ro&immutable=1"); err != nil {
		return nil, err
	}
	s.reads.SetMaxOpenConns(readers)
	if err := errors.Join(checkOwner(ctx, s.reads), checkVersion(ctx, s.reads)); err != nil {
		return nil, errors.Join(err, s.reads.Close())
	}
	s.writes = s.reads // which refuses writes
	s.writer = startWriter(s.writes)
	return s, nil
}

// state is what of a file changes when it is written.
type state struct {
	size    int64
	changed time.Time
}

// stateOf returns the state of a file that nobody is writing to.
func stateOf(path string) (*state, error) {
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("cannot be written, and may have changes that are only in %s-wal: somebody is using it, or was killed; copy both to a folder that can be written, and name the copy", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return &state{info.Size(), info.ModTime()}, nil
}

// checkStill says whether a file that was read as one that does not change did.
func (s *Store) checkStill() error {
	if s.still == nil {
		return nil
	}
	now, err := stateOf(s.path)
	if err == nil && *now != *s.still {
		err = errors.New("was written while it was read")
	}
	if err != nil {
		return fmt.Errorf("store %s: %w; what was read of it may be wrong", s.path, err)
	}
	return nil
}

// checkVersion refuses tables that are not up to date.
func checkVersion(ctx context.Context, db *sql.DB) error {
	provider, err := newMigrations(db)
	if err != nil {
		return err
	}
	var current int64
	if err := db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&current); err != nil {
		return err
	}
	sources := provider.ListSources()
	switch target := sources[len(sources)-1].Version; {
	case current > target:
		return newerError(current, target)
	case current < target:
		return errors.New("cannot be written, and was made by an older Turncoat, so that its tables have to be brought up to date: copy it to a folder that can be written, and name the copy")
	}
	return nil
}
