package queue_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"turncoat"
	"turncoat/queue"
	"turncoat/store/sqlite"
	"turncoat/store/storetest"
)

// helperVariable tells the test binary to work on the study in the file that
// it names, as a process of its own.
const helperVariable = "TURNCOAT_QUEUE_TEST_FILE"

const (
	crashTrials = 600
	crashes     = 10
)

func TestMain(m *testing.M) {
	if path := os.Getenv(helperVariable); path != "" {
		if err := helper(context.Background(), path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper carries the study out as a run does, and writes a line after each
// trial.
func helper(ctx context.Context, path string) error {
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	q, err := queue.Open(ctx, store.DB(), path, "s")
	if err != nil {
		return err
	}
	var todo []turncoat.TrialID
	for record, err := range store.Records(ctx, "s", "") {
		if err != nil {
			return err
		}
		if record.Status == turncoat.StatusPlanned {
			todo = append(todo, record.ID)
		}
	}
	if err := q.Add(ctx, todo); err != nil {
		return err
	}
	err = q.Work(ctx, 20, func(ctx context.Context, id turncoat.TrialID) error {
		defer fmt.Println(id)
		return liveThrough(ctx, store, id)
	})
	return errors.Join(err, q.Close(), store.Close())
}

// liveThrough does what is left of a trial. Two processes that did the same
// trial would append the same event, and one of them would fail.
func liveThrough(ctx context.Context, store *sqlite.Store, id turncoat.TrialID) error {
	transcript, err := store.Transcript(ctx, id)
	if err != nil {
		return err
	}
	session := storetest.Session("prompt", "answer")
	for _, event := range session[len(transcript.Events):] {
		time.Sleep(5 * time.Millisecond) // a model that takes its time
		status := turncoat.StatusPlanned
		if event.Ending != nil {
			status = turncoat.StatusFinished
		}
		if err := store.Append(ctx, id, status, event); err != nil {
			return err
		}
	}
	return nil
}

// process is a helper that was started.
type process struct {
	*exec.Cmd
	lines  *bufio.Scanner
	errors *strings.Builder
}

func start(t *testing.T, path string) process {
	t.Helper()
	executable, err := os.Executable()
	must(t, err)
	p := process{Cmd: exec.Command(executable), errors: new(strings.Builder)}
	p.Env = append(os.Environ(), helperVariable+"="+path)
	p.Stderr = p.errors
	out, err := p.StdoutPipe()
	must(t, err)
	p.lines = bufio.NewScanner(out)
	must(t, p.Start())
	return p
}

// killAfter kills the process when it has done n trials.
func (p process) killAfter(t *testing.T, n int) {
	t.Helper()
	for range n {
		if !p.lines.Scan() {
			break
		}
	}
	if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	for p.lines.Scan() {
	}
	p.Wait() //nolint:errcheck // it was killed
	if p.errors.Len() > 0 {
		t.Errorf("a process complained before it was killed:\n%s", p.errors)
	}
}

// finish waits until the process has done all there is to do.
func (p process) finish(t *testing.T) {
	t.Helper()
	for p.lines.Scan() {
	}
	if err := p.Wait(); err != nil || p.errors.Len() > 0 {
		t.Errorf("a process ended with %v:\n%s", err, p.errors)
	}
}

func plan(t *testing.T, path string) {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
	must(t, err)
	must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "s"}, slices.Values(storetest.Trials("s", crashTrials))))
	must(t, store.Close())
}

// checkAllDone checks that every trial was lived through exactly once, and
// that nothing is left of the queue but the locks of the living: the one that
// it opens itself, and the caller's.
func checkAllDone(t *testing.T, path string, living int) {
	t.Helper()
	q := open(t, path, "s")
	want := storetest.Session("prompt", "answer")
	for _, trial := range storetest.Trials("s", crashTrials) {
		transcript, err := q.store.Transcript(t.Context(), trial.ID())
		must(t, err)
		if len(transcript.Events) != len(want) || transcript.Ending() == nil {
			t.Errorf("trial %s has %d events, want %d", trial.ID(), len(transcript.Events), len(want))
		}
	}
	var check string
	must(t, q.store.DB().QueryRow(`PRAGMA integrity_check`).Scan(&check))
	if check != "ok" {
		t.Errorf("the file is damaged: %s", check)
	}
	var jobs int
	must(t, q.store.DB().QueryRow(`SELECT count(*) FROM river_job`).Scan(&jobs))
	if jobs != 0 {
		t.Errorf("%d jobs are left", jobs)
	}
	var locks []string
	entries, err := os.ReadDir(path + ".workers")
	must(t, err)
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".lock") {
			locks = append(locks, entry.Name())
		}
	}
	if len(locks) != living {
		t.Errorf("lock files of the dead are left: %v", locks)
	}
}

func TestKilledRunGoesOn(t *testing.T) {
	path := newPath(t)
	plan(t, path)
	for range crashes {
		start(t, path).killAfter(t, rand.IntN(2*crashTrials/crashes/3))
	}
	start(t, path).finish(t)
	checkAllDone(t, path, 1)
}

// Of two processes that share the work one is killed again and again; the
// other goes on, and takes over what the dead had begun.
func TestSurvivorTakesOver(t *testing.T) {
	path := newPath(t)
	plan(t, path)
	survivor := start(t, path)
	if !survivor.lines.Scan() {
		t.Fatalf("the first process did nothing: %s", survivor.errors)
	}
	for range crashes {
		start(t, path).killAfter(t, rand.IntN(crashTrials/crashes/6))
	}
	survivor.finish(t)
	checkAllDone(t, path, 1)
}

func TestOpenReclaimsJobsOfTheDead(t *testing.T) {
	path := newPath(t)
	plan(t, path)
	start(t, path).killAfter(t, 5)
	q := open(t, path, "s")
	var running int
	must(t, q.store.DB().QueryRow(`SELECT count(*) FROM river_job WHERE state = 'running'`).Scan(&running))
	if running != 0 {
		t.Errorf("%d jobs are still with the dead", running)
	}
	must(t, q.Work(t.Context(), 100, func(ctx context.Context, id turncoat.TrialID) error {
		return liveThrough(ctx, q.store, id)
	}))
	checkAllDone(t, path, 2)
}
