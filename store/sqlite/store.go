// Package sqlite keeps studies in one SQLite file. It is Turncoat's default
// store and needs no server and no C compiler.
//
// Each file of the package has one subject: store.go opens and closes,
// readonly.go opens where nothing can be written, migrate.go brings a file's tables up to date, writer.go lets concurrent
// callers share a commit, statements.go what a connection remembers, plan.go
// holds studies and their plans, transcript.go trials and their events, texts.go
// the long texts that transcripts have in common, judgement.go verdicts,
// answers.go what models answered to judges, and records.go the rows of a report.
// The tables are described in migrations/.
//
// What a study is and which trials it asks for is decided elsewhere; so is who
// does a trial next, although the queue may keep its jobs in the same file
// (see [Store.DB]).
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"turncoat"
)

// readers is how many connections read at once. Reads are short: no connection
// is held while a caller works.
const readers = 4

// Store is a [turncoat.Store] in a SQLite file. Several processes may use one
// file at once. What it has accepted survives the death of the process; after
// a loss of power the file is sound, but the last moments may be missing.
type Store struct {
	path   string
	reads  *sql.DB
	writes *sql.DB
	writer *writer
	still  *state // of a file that is read where it cannot be written; nil: it can
}

var _ turncoat.Store = (*Store)(nil)

// Open opens the store in the file at path. The file and its directories are
// made if they are missing, readable for the user alone. An older file's
// tables are brought up to date. It is an error if path is a directory, a
// read-only file, a file of another program, or one of a newer Turncoat.
func Open(ctx context.Context, path string) (*Store, error) {
	s, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", path, explain(err))
	}
	return s, nil
}

func open(ctx context.Context, path string) (*Store, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := ensureFile(absolute); err != nil {
		return nil, err
	}
	s := &Store{path: absolute}
	if s.reads, err = openDB(dsn(absolute, "query_only(1)")); err != nil {
		return nil, err
	}
	s.reads.SetMaxOpenConns(readers)
	s.reads.SetMaxIdleConns(readers)
	if err := checkOwner(ctx, s.reads); err != nil {
		return nil, errors.Join(err, s.reads.Close())
	}
	if s.writes, err = openDB(dsn(absolute, "journal_mode(WAL)", "synchronous(NORMAL)") + "&_txlock=immediate"); err != nil {
		return nil, errors.Join(err, s.reads.Close())
	}
	s.writes.SetMaxOpenConns(1)
	if err := migrate(ctx, s.writes); err != nil {
		return nil, errors.Join(err, s.writes.Close(), s.reads.Close())
	}
	s.writer = startWriter(s.writes)
	return s, nil
}

// DB returns the database that the store writes through. It has one
// connection, which whoever borrows it shares with the store.
func (s *Store) DB() *sql.DB { return s.writes }

// Path returns the absolute path of the store's file.
func (s *Store) Path() string { return s.path }

// Close waits for writes that were begun, and closes the file. It is an error if a
// file that was read in a place that cannot be written changed meanwhile.
func (s *Store) Close() error {
	s.writer.stop()
	return errors.Join(s.reads.Close(), s.writes.Close(), s.checkStill())
}

// dsn names the file at path as the driver wants it, with settings that each
// connection makes when it is opened.
func dsn(path string, pragmas ...string) string {
	query := url.Values{"_pragma": append([]string{"busy_timeout(10000)"}, pragmas...)}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	return (&url.URL{Scheme: "file", OmitHost: true, Path: slashed, RawQuery: query.Encode()}).String()
}

// ensureFile makes an empty file where there is none, and refuses what can't
// be a store. It never opens a file that exists: closing it again would
// release the locks that this process may have on it.
func ensureFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return createFile(path)
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("is a directory: name a file in it")
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	case info.Mode().Perm()&0o200 == 0:
		return errReadOnly
	}
	return nil
}

func createFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// explain says in plain words what SQLite's error codes mean for a file that
// is being opened.
func explain(err error) error {
	failure, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("is not a SQLite file: %w", err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("is damaged: %w", err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("cannot be written, or no files beside it: make the folder writable, or copy the file to one that is, and name the copy (%w)", err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("another process has held it locked for ten seconds: %w", err)
	}
	return err
}
