// Package queue hands trials out to workers: each to one worker only, also
// when several processes work on one file, and none is forgotten when a
// process dies. Its jobs are River's, in the SQLite file that the store writes.
//
// A job says that a trial is to be done, and nothing else. What a trial is,
// whether it is finished, and whether a failed call is tried again is decided
// elsewhere; finished jobs leave no trace.
//
// queue.go adds jobs, work.go works them off, and liveness.go tells the jobs
// of a dead process from those of a living one.
package queue

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"turncoat"
)

// insertAtOnce bounds the memory that adding many jobs takes.
const insertAtOnce = 1000

// Queue is the queue of one study's trials. Processes that open the queue of
// the same study in the same file share its jobs.
type Queue struct {
	db       *sql.DB
	driver   *riversqlite.Driver
	inserter *river.Client[*sql.Tx]
	name     string // of the study's queue in River
	worker   string // this opening's name among River's clients
	liveness *liveness
	used     atomic.Bool // whether Add or Work was called
	working  sync.Mutex  // held by Work
}

// trialArgs is what a job says.
type trialArgs struct {
	Trial turncoat.TrialID `json:"trial"`
}

// Kind names the jobs for River.
func (trialArgs) Kind() string { return "trial" }

// Open opens the queue of a study. It lives in db, the database that a store
// writes through, whose file is at path. Jobs that a dead process was working
// on are available again when Open returns. Beside the file it makes a
// directory, path + ".workers", in which each open queue holds a lock for as
// long as its process lives.
func Open(ctx context.Context, db *sql.DB, path, study string) (*Queue, error) {
	q, err := open(ctx, db, path, study)
	if err != nil {
		return nil, fmt.Errorf("open queue of study %q in %s: %w", study, path, err)
	}
	return q, nil
}

func open(ctx context.Context, db *sql.DB, path, study string) (*Queue, error) {
	digest := sha256.Sum256([]byte(study))
	q := &Queue{
		db:     db,
		driver: riversqlite.New(db),
		name:   "study-" + hex.EncodeToString(digest[:16]),
		worker: rand.Text(),
	}
	var err error
	if q.inserter, err = river.NewClient(q.driver, &river.Config{Logger: warnings()}); err != nil {
		return nil, err
	}
	q.liveness, err = announce(ctx, path+".workers", q.name, q.worker, q.migrate)
	if err != nil {
		return nil, err
	}
	if err := q.reclaim(ctx); err != nil {
		return nil, errors.Join(err, q.liveness.end())
	}
	return q, nil
}

func (q *Queue) migrate(ctx context.Context) error {
	migrator, err := rivermigrate.New(q.driver, &rivermigrate.Config{Logger: warnings()})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// Close gives up the lock that says that this opening is alive. It does not
// close the database.
func (q *Queue) Close() error { return q.liveness.end() }

// Add adds a job for each of the trials that has none. If no other process
// has the study's queue open, the first Add begins by clearing away what
// earlier processes left undone: they wanted it, and perhaps nobody does now.
func (q *Queue) Add(ctx context.Context, ids []turncoat.TrialID) error {
	first := !q.used.Swap(true)
	err := q.liveness.exclusively(ctx, func(othersLive bool) error {
		return q.add(ctx, ids, first && !othersLive)
	})
	if err != nil {
		return fmt.Errorf("add %d trials to the queue: %w", len(ids), err)
	}
	return nil
}

// add looks and inserts in one transaction, so that no other process can add
// the same trial in between.
func (q *Queue) add(ctx context.Context, ids []turncoat.TrialID, clear bool) error {
	tx, err := q.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if clear {
		if _, err := tx.ExecContext(ctx, `DELETE FROM river_job WHERE queue = ?`, q.name); err != nil {
			return err
		}
	}
	present, err := q.unfinished(ctx, tx)
	if err != nil {
		return err
	}
	jobs := make([]river.InsertManyParams, 0, min(len(ids), insertAtOnce))
	for part := range slices.Chunk(ids, insertAtOnce) {
		jobs = jobs[:0]
		for _, id := range part {
			if !present[id] {
				present[id] = true
				jobs = append(jobs, river.InsertManyParams{Args: trialArgs{id}, InsertOpts: &river.InsertOpts{Queue: q.name, MaxAttempts: 1}})
			}
		}
		if len(jobs) == 0 {
			continue
		}
		if _, err := q.inserter.InsertManyFastTx(ctx, tx, jobs); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// unfinished returns the trials that have an unfinished job.
func (q *Queue) unfinished(ctx context.Context, tx *sql.Tx) (map[turncoat.TrialID]bool, error) {
	rows, err := tx.QueryContext(ctx, `SELECT args ->> 'trial' FROM river_job WHERE queue = ? AND state IN ('available', 'running')`, q.name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	present := map[turncoat.TrialID]bool{}
	for rows.Next() {
		var id turncoat.TrialID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		present[id] = true
	}
	return present, rows.Err()
}

// warnings returns a logger for River that passes on only what somebody should
// look at.
func warnings() *slog.Logger { return slog.New(warningHandler{slog.Default().Handler()}) }

type warningHandler struct{ slog.Handler }

func (h warningHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h warningHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warningHandler{h.Handler.WithAttrs(attrs)}
}

func (h warningHandler) WithGroup(name string) slog.Handler {
	return warningHandler{h.Handler.WithGroup(name)}
}
