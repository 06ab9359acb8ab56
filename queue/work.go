package queue

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"turncoat"
)

// MaxConcurrency is the highest number of trials that one Work does at once.
const MaxConcurrency = 5000

const (
	// fetchCooldown is River's pause between two fetches of jobs.
	fetchCooldown = 5 * time.Millisecond
	// fetchPoll is how often River looks for jobs that another process added.
	fetchPoll = 250 * time.Millisecond
	// tendEvery is how often finished jobs are deleted, and jobs of processes
	// that died meanwhile are made available.
	tendEvery = 250 * time.Millisecond
	// waitForOthers is how often it is looked whether other processes have
	// finished their jobs, when there is nothing else left to do.
	waitForOthers = 100 * time.Millisecond
	// maxFirst bounds Errors.First.
	maxFirst = 10
)

// Errors is the error of a Work that did all its jobs, some in vain.
type Errors struct {
	Total int          // how often do returned an error
	First []TrialError // the first of them, at most ten
}

// TrialError is an error that do returned for a trial.
type TrialError struct {
	Trial turncoat.TrialID
	Err   error
}

// PanicError is the error that a panic of do is turned into.
type PanicError struct {
	Value any
	Stack []byte
}

// Error says how many trials ended with an error, and tells the first.
func (e *Errors) Error() string {
	return fmt.Sprintf("%d trials ended with an error; the first: %v", e.Total, e.First[0])
}

// Unwrap returns the errors that are known.
func (e *Errors) Unwrap() []error {
	list := make([]error, len(e.First))
	for i, known := range e.First {
		list[i] = known
	}
	return list
}

// Error names the trial and tells its error.
func (e TrialError) Error() string { return fmt.Sprintf("trial %s: %v", e.Trial, e.Err) }

// Unwrap returns do's error.
func (e TrialError) Unwrap() error { return e.Err }

// Error tells what the panic said.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Work calls do for the trials of all jobs in the queue, up to concurrency at
// once, and returns when there is no unfinished job left: it waits for those
// of other processes, and does them itself if their process dies.
//
// A trial is done by one worker only. But after a crash a trial may be handed
// out again that was finished just before, so do must look whether it still
// has to be done. An error of do, or a panic, ends the trial's job like a
// success; Work goes on, and returns them as [*Errors] in the end.
//
// If ctx ends, Work waits for the calls of do, whose contexts end too, and
// returns ctx's error. Jobs whose do returned an error then are available
// again. An open queue works only once at a time.
func (q *Queue) Work(ctx context.Context, concurrency int, do func(ctx context.Context, id turncoat.TrialID) error) error {
	if concurrency < 1 || concurrency > MaxConcurrency {
		return fmt.Errorf("work on the queue: concurrency %d is not between 1 and %d", concurrency, MaxConcurrency)
	}
	if !q.working.TryLock() {
		return errors.New("work on the queue: it is being worked on already")
	}
	defer q.working.Unlock()
	q.used.Store(true)
	working, stop := context.WithCancel(ctx)
	defer stop()
	w := &worker{ctx: working, stop: stop, do: do, slots: make(chan struct{}, concurrency), idle: make(chan struct{}, 1)}
	if err := q.workOff(ctx, w); err != nil {
		return errors.Join(fmt.Errorf("work on the queue: %w", err), w.result())
	}
	return w.result()
}

// workOff works until no job is unfinished.
func (q *Queue) workOff(ctx context.Context, w *worker) error {
	for {
		if err := q.tend(ctx); err != nil {
			return err
		}
		available, unfinished, err := q.left(ctx)
		switch {
		case err != nil:
			return err
		case !unfinished:
			return q.checkGivenUp(ctx)
		case available:
			err = q.runClient(ctx, w)
		default:
			err = sleep(ctx, waitForOthers)
		}
		if err != nil {
			return err
		}
	}
}

// runClient lets River work until no job is available or ctx ends. When it
// returns, no do is running, and what became of the jobs is in the database.
func (q *Queue) runClient(ctx context.Context, w *worker) error {
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := river.NewClient(q.driver, &river.Config{
		ID:      q.worker,
		Logger:  warnings(),
		Workers: workers,
		// River fetches half as many jobs again as can be done at once. They wait
		// for a free slot, so that no slot waits for a fetch.
		Queues:            map[string]river.QueueConfig{q.name: {MaxWorkers: cap(w.slots) + cap(w.slots)/2}},
		FetchCooldown:     fetchCooldown,
		FetchPollInterval: fetchPoll,
		JobTimeout:        -1, // a trial takes as long as it takes
		PollOnly:          true,
		// River's maintenance would take the jobs of any process away after an
		// hour; tend does all that is needed.
		LeaderElectionDisabled: true,
	})
	if err != nil {
		return err
	}
	detached := context.WithoutCancel(ctx) // Stop, not ctx, ends River, so that it can note what became of its jobs
	if err := client.Start(detached); err != nil {
		return err
	}
	if err = q.untilIdle(ctx, w); err != nil {
		w.stop()
	}
	return errors.Join(err, client.Stop(detached), q.release(detached))
}

// untilIdle waits until the worker has nothing to do and no job is available.
func (q *Queue) untilIdle(ctx context.Context, w *worker) error {
	tending := time.NewTicker(tendEvery)
	defer tending.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tending.C:
			if err := q.tend(ctx); err != nil {
				return err
			}
		case <-w.idle:
		}
		if w.active.Load() > 0 {
			continue
		}
		available, _, err := q.left(ctx)
		if err != nil || !available {
			return err
		}
	}
}

// left reports whether jobs are available, and whether any are unfinished.
func (q *Queue) left(ctx context.Context) (available, unfinished bool, err error) {
	err = q.db.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM river_job WHERE state = 'available' AND queue = ?1),
		       EXISTS (SELECT 1 FROM river_job WHERE state IN ('available', 'running') AND queue = ?1)`,
		q.name).Scan(&available, &unfinished)
	return available, unfinished, err
}

// tend deletes finished jobs and takes over those of the dead.
func (q *Queue) tend(ctx context.Context) error {
	if _, err := q.db.ExecContext(ctx, `DELETE FROM river_job WHERE state = 'completed' AND queue = ?`, q.name); err != nil {
		return err
	}
	return q.reclaim(ctx)
}

// reclaim makes jobs available that a dead process was working on.
func (q *Queue) reclaim(ctx context.Context) error {
	return q.liveness.locked(ctx, func() error {
		holders, err := q.holders(ctx)
		if err != nil || len(holders) == 0 {
			return err
		}
		living, err := q.liveness.living()
		if err != nil {
			return err
		}
		for _, holder := range holders {
			if !living[holder] {
				if err := q.free(ctx, holder); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// holders returns the workers that jobs are noted to be worked on by.
func (q *Queue) holders(ctx context.Context) ([]string, error) {
	rows, err := q.db.QueryContext(ctx, `
		SELECT DISTINCT attempted_by ->> '$[#-1]' FROM river_job WHERE state = 'running' AND queue = ?`, q.name)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var holders []string
	for rows.Next() {
		var holder string
		if err := rows.Scan(&holder); err != nil {
			return nil, err
		}
		holders = append(holders, holder)
	}
	return holders, rows.Err()
}

// release frees what River could not note the end of. It must not run while
// River does.
func (q *Queue) release(ctx context.Context) error { return q.free(ctx, q.worker) }

// free makes the jobs of a worker available again.
func (q *Queue) free(ctx context.Context, holder string) error {
	_, err := q.db.ExecContext(ctx, `
		UPDATE river_job SET state = 'available'
		WHERE state = 'running' AND queue = ? AND attempted_by ->> '$[#-1]' = ?`, q.name, holder)
	return err
}

// checkGivenUp makes it an error if a job ended in a way that Work never ends
// one, and forgets such jobs.
func (q *Queue) checkGivenUp(ctx context.Context) error {
	result, err := q.db.ExecContext(ctx, `DELETE FROM river_job WHERE state NOT IN ('available', 'running', 'completed') AND queue = ?`, q.name)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	return errors.New("jobs were ended from outside before their trials were done: add them again")
}

// worker is what River calls for each job.
type worker struct {
	river.WorkerDefaults[trialArgs]
	ctx   context.Context // of the calls of do
	stop  context.CancelFunc
	do    func(ctx context.Context, id turncoat.TrialID) error
	slots chan struct{}

	active atomic.Int64  // jobs that River has begun and not ended
	idle   chan struct{} // told when active falls to 0

	mu     sync.Mutex
	errors Errors
}

// Work implements [river.Worker]. It never returns an error to River but the
// one that makes the job available again.
func (w *worker) Work(_ context.Context, job *river.Job[trialArgs]) error {
	w.active.Add(1)
	defer w.leave()
	select {
	case w.slots <- struct{}{}:
		defer func() { <-w.slots }()
	case <-w.ctx.Done():
	}
	if w.ctx.Err() != nil {
		return river.JobSnooze(0)
	}
	err := w.call(job.Args.Trial)
	switch {
	case err == nil:
		return nil
	case w.ctx.Err() != nil:
		return river.JobSnooze(0)
	}
	w.note(TrialError{job.Args.Trial, err})
	return nil
}

func (w *worker) leave() {
	if w.active.Add(-1) > 0 {
		return
	}
	select {
	case w.idle <- struct{}{}:
	default: // it is told already
	}
}

// call calls do, and turns a panic into an error.
func (w *worker) call(id turncoat.TrialID) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return w.do(w.ctx, id)
}

func (w *worker) note(err TrialError) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors.Total++
	if len(w.errors.First) < maxFirst {
		w.errors.First = append(w.errors.First, err)
	}
}

func (w *worker) result() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.errors.Total == 0 {
		return nil
	}
	return &w.errors
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
