package queue_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"turncoat"
	"turncoat/queue"
	"turncoat/store/sqlite"
	"turncoat/store/storetest"
)

// opened is a queue with its store, as one process has them.
type opened struct {
	*queue.Queue
	store *sqlite.Store
}

func open(tb testing.TB, path, study string) opened {
	tb.Helper()
	store, err := sqlite.Open(tb.Context(), path)
	must(tb, err)
	q, err := queue.Open(tb.Context(), store.DB(), path, study)
	must(tb, err)
	tb.Cleanup(func() {
		must(tb, q.Close())
		must(tb, store.Close())
	})
	return opened{q, store}
}

func newPath(tb testing.TB) string { return filepath.Join(tb.TempDir(), "results.db") }

func ids(study string, n int) []turncoat.TrialID {
	var list []turncoat.TrialID
	for _, trial := range storetest.Trials(study, n) {
		list = append(list, trial.ID())
	}
	return list
}

// tally counts how often each trial was done.
type tally struct {
	mu   sync.Mutex
	done map[turncoat.TrialID]int
}

func (t *tally) do(_ context.Context, id turncoat.TrialID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done == nil {
		t.done = map[turncoat.TrialID]int{}
	}
	t.done[id]++
	return nil
}

func (t *tally) check(tb testing.TB, want []turncoat.TrialID) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range want {
		if t.done[id] != 1 {
			tb.Errorf("trial %s was done %d times, want once", id, t.done[id])
		}
	}
	if len(t.done) != len(want) {
		tb.Errorf("%d trials were done, want %d", len(t.done), len(want))
	}
}

func TestWorkDoesEachTrialOnce(t *testing.T) {
	q := open(t, newPath(t), "s")
	all := ids("s", 2500)
	must(t, q.Add(t.Context(), all[:2000]))
	must(t, q.Add(t.Context(), slices.Concat(all[1000:], all[:10], all[2490:])))
	var done tally
	must(t, q.Work(t.Context(), 50, done.do))
	done.check(t, all)

	var again tally
	must(t, q.Work(t.Context(), 50, again.do))
	again.check(t, nil)
	must(t, q.Add(t.Context(), all[:5]))
	must(t, q.Work(t.Context(), 50, again.do))
	again.check(t, all[:5])
}

func TestWorkLeavesNoJobs(t *testing.T) {
	q := open(t, newPath(t), "s")
	must(t, q.Add(t.Context(), ids("s", 100)))
	must(t, q.Work(t.Context(), 10, new(tally).do))
	var jobs int
	must(t, q.store.DB().QueryRow(`SELECT count(*) FROM river_job`).Scan(&jobs))
	if jobs != 0 {
		t.Errorf("%d jobs are left", jobs)
	}
}

func TestWorkKeepsToItsConcurrency(t *testing.T) {
	for _, concurrency := range []int{1, 2, 7, 40} {
		q := open(t, newPath(t), "s")
		must(t, q.Add(t.Context(), ids("s", 100)))
		var mu sync.Mutex
		active, most := 0, 0
		full := make(chan struct{})
		must(t, q.Work(t.Context(), concurrency, func(context.Context, turncoat.TrialID) error {
			mu.Lock()
			active++
			if active > most {
				if most = active; most == concurrency {
					close(full)
				}
			}
			mu.Unlock()
			<-full // nobody goes on before as many as allowed have begun
			mu.Lock()
			active--
			mu.Unlock()
			return nil
		}))
		if most != concurrency {
			t.Errorf("concurrency %d: %d trials were done at once", concurrency, most)
		}
	}
}

func TestWorkRefusesConcurrency(t *testing.T) {
	q := open(t, newPath(t), "s")
	for _, concurrency := range []int{-1, 0, queue.MaxConcurrency + 1} {
		if err := q.Work(t.Context(), concurrency, new(tally).do); err == nil {
			t.Errorf("concurrency %d was accepted", concurrency)
		}
	}
}

func TestWorkReturnsErrorsAndPanics(t *testing.T) {
	q := open(t, newPath(t), "s")
	all := ids("s", 60)
	must(t, q.Add(t.Context(), all))
	errBroken := errors.New("broken")
	var done tally
	err := q.Work(t.Context(), 8, func(ctx context.Context, id turncoat.TrialID) error {
		done.do(ctx, id) //nolint:errcheck // never fails
		switch slices.Index(all, id) % 3 {
		case 0:
			return errBroken
		case 1:
			panic("no such world")
		}
		return nil
	})
	done.check(t, all)
	failures, ok := errors.AsType[*queue.Errors](err)
	if !ok {
		t.Fatalf("got %v, want queue.Errors", err)
	}
	if failures.Total != 40 || len(failures.First) != 10 {
		t.Errorf("%d errors, of which %d are known, want 40 and 10", failures.Total, len(failures.First))
	}
	if !errors.Is(err, errBroken) {
		t.Errorf("%v is not do's error", err)
	}
	panicked, ok := errors.AsType[*queue.PanicError](err)
	if !ok || panicked.Value != "no such world" || !strings.Contains(string(panicked.Stack), "queue_test.go") {
		t.Errorf("the panic was turned into %v", panicked)
	}
	// An error is final: nothing is left to do.
	var again tally
	must(t, q.Work(t.Context(), 8, again.do))
	again.check(t, nil)
}

func TestInterruptedWorkCanGoOn(t *testing.T) {
	q := open(t, newPath(t), "s")
	all := ids("s", 200)
	must(t, q.Add(t.Context(), all))
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	var done tally
	var wg sync.WaitGroup
	err := q.Work(ctx, 20, func(ctx context.Context, id turncoat.TrialID) error {
		wg.Add(1)
		defer wg.Done()
		if slices.Index(all, id) < 50 {
			return done.do(ctx, id)
		}
		interrupt()
		<-ctx.Done()
		return ctx.Err()
	})
	wg.Wait() // would race with Add if Work had returned before do
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want a cancelled context", err)
	}
	if failures, ok := errors.AsType[*queue.Errors](err); ok {
		t.Errorf("interrupted trials are told as errors: %v", failures)
	}
	must(t, q.Work(t.Context(), 20, done.do))
	done.check(t, all)
}

func TestTrialThatFinishesDespiteInterruptionIsDone(t *testing.T) {
	q := open(t, newPath(t), "s")
	must(t, q.Add(t.Context(), ids("s", 1)))
	ctx, interrupt := context.WithCancel(t.Context())
	err := q.Work(ctx, 1, func(context.Context, turncoat.TrialID) error {
		interrupt()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want a cancelled context", err)
	}
	var again tally
	must(t, q.Work(t.Context(), 1, again.do))
	again.check(t, nil)
}

func TestOpenQueuesShareTheJobs(t *testing.T) {
	path := newPath(t)
	all := ids("s", 600)
	queues := []opened{open(t, path, "s"), open(t, path, "s"), open(t, path, "s")}
	for _, q := range queues {
		must(t, q.Add(t.Context(), all))
	}
	var done tally
	var wg sync.WaitGroup
	for _, q := range queues {
		wg.Go(func() {
			if err := q.Work(t.Context(), 10, done.do); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	done.check(t, all)
}

// While one opening works on a job, another neither does it nor returns before
// it is done.
func TestJobsOfTheLivingAreLeftAlone(t *testing.T) {
	path := newPath(t)
	first, second := open(t, path, "s"), open(t, path, "s")
	all := ids("s", 2)
	must(t, first.Add(t.Context(), all[:1]))
	begun, finish := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var done tally
	wg.Go(func() {
		err := first.Work(t.Context(), 1, func(ctx context.Context, id turncoat.TrialID) error {
			close(begun)
			<-finish
			return done.do(ctx, id)
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	third := open(t, path, "s") // reclaims when it opens
	must(t, third.Add(t.Context(), all))
	must(t, second.Add(t.Context(), all))
	wg.Go(func() {
		err := second.Work(t.Context(), 1, func(ctx context.Context, id turncoat.TrialID) error {
			defer close(finish) // so the first finishes only if the second does the other trial
			return done.do(ctx, id)
		})
		if err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	done.check(t, all)
}

func TestStudiesHaveQueuesOfTheirOwn(t *testing.T) {
	path := newPath(t)
	a, b := open(t, path, "a"), open(t, path, "b")
	must(t, a.Add(t.Context(), ids("a", 20)))
	must(t, b.Add(t.Context(), ids("b", 30)))
	var done tally
	must(t, b.Work(t.Context(), 5, done.do))
	done.check(t, ids("b", 30))
}

// Who runs ten trials of a study after a longer run was stopped gets ten.
func TestFirstAddClearsWhatEarlierRunsLeft(t *testing.T) {
	path := newPath(t)
	store, err := sqlite.Open(t.Context(), path)
	must(t, err)
	defer store.Close()
	earlier, err := queue.Open(t.Context(), store.DB(), path, "s")
	must(t, err)
	must(t, earlier.Add(t.Context(), ids("s", 50)))

	beside := open(t, path, "s")
	must(t, beside.Add(t.Context(), ids("s", 1)))
	must(t, earlier.Close())
	must(t, beside.Close())

	after := open(t, path, "s")
	must(t, after.Add(t.Context(), ids("s", 10)))
	must(t, after.Add(t.Context(), ids("s", 12)[10:]))
	var done tally
	must(t, after.Work(t.Context(), 5, done.do))
	done.check(t, ids("s", 12))
}

// As long as another opening lives, its jobs stay.
func TestFirstAddKeepsJobsOfTheLiving(t *testing.T) {
	path := newPath(t)
	living := open(t, path, "s")
	must(t, living.Add(t.Context(), ids("s", 50)))
	beside := open(t, path, "s")
	must(t, beside.Add(t.Context(), ids("s", 1)))
	var done tally
	must(t, living.Work(t.Context(), 5, done.do))
	done.check(t, ids("s", 50))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
