package study_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"turncoat"
	judging "turncoat/judge"
	"turncoat/queue"
	"turncoat/scenario"
	"turncoat/store/sqlite"
	"turncoat/study"
)

// library is opened once: reading it is the longest part of a test.
var library = scenario.NewLibrary()

// model answers by a script, and counts.
type model struct {
	mu     sync.Mutex
	calls  int
	script func(call int) (*turncoat.Reply, error)
}

func (*model) Name() string { return "test/model" }

func (m *model) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	m.mu.Lock()
	m.calls++
	call := m.calls
	m.mu.Unlock()
	return m.script(call)
}

func good(int) (*turncoat.Reply, error) {
	return &turncoat.Reply{
		Message: turncoat.TextMessage(turncoat.RoleAssistant, "All is well."), Model: "returned",
		Stop: turncoat.StopEnd, Usage: turncoat.Usage{InputTokens: 1e6},
	}, nil
}

func bad(kind turncoat.ErrorKind) func(int) (*turncoat.Reply, error) {
	return func(int) (*turncoat.Reply, error) {
		return nil, &turncoat.ModelError{Kind: kind, Err: errors.New("it is told to")}
	}
}

// judge says benign, or fails by a script.
type judge struct {
	mu     sync.Mutex
	calls  int
	script func(call int) error
}

func (*judge) Name() string { return "test/1" }

func (j *judge) Judge(context.Context, *turncoat.World, turncoat.Transcript) (turncoat.Verdict, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls++
	if j.script != nil {
		if err := j.script(j.calls); err != nil {
			return turncoat.Verdict{}, err
		}
	}
	return turncoat.Verdict{Outcome: turncoat.OutcomeBenign}, nil
}

// bench is a study on a table: a store, and what a run needs beside it.
type bench struct {
	t     *testing.T
	store *sqlite.Store
	path  string
	plan  *study.Plan
	model *model
	judge *judge
	limit int
	later bool // judging and annotating are left for later

	annotators []turncoat.Annotator
}

func newBench(t *testing.T, trials int, l turncoat.Limits) *bench {
	t.Helper()
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "results.db"), model: &model{script: good}, judge: &judge{}}
	store, err := sqlite.Open(t.Context(), b.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	b.store = store
	l.Concurrency = max(l.Concurrency, 1)
	b.plan, err = study.NewPlan(turncoat.Study{
		Name: "s", Scenarios: []string{"blackmail"}, Models: []string{"test/model"}, Interfaces: []turncoat.Interface{turncoat.InterfacePrompt},
		Trials: trials, Seeds: []uint64{0}, Judge: "rules", Limits: l,
		Prices: map[string]turncoat.Price{"test/model": {Input: 1}}, // a dollar for a call
	}, ".", library)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run carries the plan out once, as a process would.
func (b *bench) run(ctx context.Context) (study.Progress, error) {
	b.t.Helper()
	q, err := queue.Open(ctx, b.store.DB(), b.path, "s")
	if err != nil {
		b.t.Fatal(err)
	}
	defer q.Close()
	r := study.Runner{
		Store: b.store, Queue: q, Models: func(string) (turncoat.Model, error) { return b.model, nil },
		Worlds: library.World, Prices: func(string) (turncoat.Price, bool) { return turncoat.Price{}, false },
		Judge: b.judge, Annotators: b.annotators, Program: "v0", Limit: b.limit,
	}
	if b.later {
		r.Judge, r.Annotators = nil, nil
	}
	return r.Run(ctx, b.plan)
}

func (b *bench) mustRun() study.Progress {
	b.t.Helper()
	p, err := b.run(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// statuses counts the trials by how far they have come.
func (b *bench) statuses() map[string]int {
	b.t.Helper()
	counts := map[string]int{}
	for record, err := range b.store.Records(b.t.Context(), "s", "test/1") {
		if err != nil {
			b.t.Fatal(err)
		}
		key := string(record.Status)
		if record.Judgement != nil && record.Judgement.Verdict != nil {
			key += " judged"
		}
		counts[key]++
	}
	return counts
}

func (b *bench) want(what string, got, want any) {
	b.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestRunTwice(t *testing.T) {
	b := newBench(t, 5, turncoat.Limits{Concurrency: 3})
	p := b.mustRun()
	b.want("progress", p, study.Progress{Planned: 5, Finished: 5, Judged: 5, Annotated: 5, Begun: 5, Cost: 5})
	p = b.mustRun()
	b.want("progress of the second run", p, study.Progress{Planned: 5, Finished: 5, Judged: 5, Annotated: 5, Cost: 5})
	b.want("calls", b.model.calls, 5)
	b.want("judgements", b.judge.calls, 5)
}

func TestLimit(t *testing.T) {
	b := newBench(t, 5, turncoat.Limits{})
	b.limit = 2
	for want := 2; want <= 6; want += 2 {
		b.want("finished", b.mustRun().Finished, min(want, 5))
	}
	b.want("calls", b.model.calls, 5)
}

// A failed trial has no verdict, and is run again by the next run; the ones
// that finished are not.
func TestFailedTrialsRunAgain(t *testing.T) {
	b := newBench(t, 6, turncoat.Limits{})
	b.model.script = func(call int) (*turncoat.Reply, error) {
		if call%2 == 0 {
			return bad(turncoat.ErrorServer)(call)
		}
		return good(call)
	}
	p := b.mustRun()
	b.want("progress", p, study.Progress{Planned: 6, Finished: 3, Judged: 3, Annotated: 3, Failed: 3, Begun: 6, Cost: 3})
	b.want("trials", b.statuses(), map[string]int{"failed": 3, "finished judged": 3})
	b.want("judgements", b.judge.calls, 3)
	b.model.script = good
	p = b.mustRun()
	b.want("progress", p, study.Progress{Planned: 6, Finished: 6, Judged: 6, Annotated: 6, Begun: 3, Cost: 6})
	b.want("calls", b.model.calls, 9)
}

// A judge that fails leaves no verdict; the next run asks it again, and the
// model not.
func TestFailedJudgementsAreMadeAgain(t *testing.T) {
	b := newBench(t, 4, turncoat.Limits{})
	b.judge.script = func(int) error { return errors.New("no judgement") }
	p := b.mustRun()
	if p.Judged != 0 || p.Finished != 4 || p.Complete() {
		t.Errorf("progress %+v", p)
	}
	b.want("trials", b.statuses(), map[string]int{"finished": 4})
	b.judge.script = nil
	if p = b.mustRun(); !p.Complete() || b.model.calls != 4 {
		t.Errorf("progress %+v after %d calls", p, b.model.calls)
	}
}

// A refused key stops the study at once, a broken service after some patience;
// trials that were not begun stay as they were.
func TestServicesThatAreGone(t *testing.T) {
	for kind, most := range map[turncoat.ErrorKind]int{turncoat.ErrorAuth: 1, turncoat.ErrorQuota: 1, turncoat.ErrorServer: 20} {
		b := newBench(t, 50, turncoat.Limits{})
		b.model.script = bad(kind)
		p := b.mustRun()
		b.want(string(kind)+": calls", b.model.calls, most)
		b.want(string(kind)+": trials", b.statuses(), map[string]int{"failed": most, "planned": 50 - most})
		if !strings.Contains(p.Stopped, "test/model is not asked any more") || p.Complete() {
			t.Errorf("%s: the progress is %+v", kind, p)
		}
	}
	t.Run("judge", func(t *testing.T) {
		b := newBench(t, 50, turncoat.Limits{})
		b.judge.script = func(int) error { return &turncoat.ModelError{Kind: turncoat.ErrorAuth, Err: errors.New("no")} }
		p := b.mustRun()
		b.want("judgements", b.judge.calls, 1)
		if !strings.Contains(p.Stopped, "the judge test/1 is not asked any more") {
			t.Errorf("the progress is %+v", p)
		}
		for status := range b.statuses() {
			if strings.Contains(status, "judged") {
				t.Errorf("there is a trial that is %s", status)
			}
		}
	})
}

// A budget is kept by the estimate of what is under way, and by what earlier
// runs spent.
func TestBudget(t *testing.T) {
	b := newBench(t, 10, turncoat.Limits{MaxCost: 3.5, Concurrency: 4})
	for range 2 {
		p := b.mustRun()
		if p.Cost < 3 || p.Cost > 4 || !strings.Contains(p.Stopped, "the budget of $3.50") { // the first four are begun before it is known that they cost more than estimated
			t.Errorf("the progress is %+v", p)
		}
	}
	b.plan.Study.Limits.MaxCost = 100
	if p := b.mustRun(); !p.Complete() || p.Stopped != "" {
		t.Errorf("with more money, the progress is %+v", p)
	}
	b.plan.Study.Prices = nil
	if _, err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "no price is known for test/model") {
		t.Errorf("without a price, the error is %v", err)
	}
}

// What was interrupted is planned again, and nothing counts twice.
func TestInterrupted(t *testing.T) {
	b := newBench(t, 10, turncoat.Limits{Concurrency: 2})
	ctx, cancel := context.WithCancel(t.Context())
	b.model.script = func(call int) (*turncoat.Reply, error) {
		if call == 5 {
			cancel()
			return nil, context.Canceled
		}
		return good(call)
	}
	if _, err := b.run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("the error is %v, want that of the context", err)
	}
	if failed := b.statuses()["failed"]; failed != 0 {
		t.Errorf("%d trials failed because the run was interrupted", failed)
	}
	b.model.script = good
	if p := b.mustRun(); !p.Complete() || p.Finished != 10 {
		t.Errorf("the progress is %+v", p)
	}
}

// brokenStore stops accepting what happens.
type brokenStore struct{ *sqlite.Store }

func (brokenStore) Append(context.Context, turncoat.TrialID, turncoat.Status, ...turncoat.Event) error {
	return errors.New("disk full")
}

func TestStoreFails(t *testing.T) {
	b := newBench(t, 30, turncoat.Limits{})
	q, err := queue.Open(t.Context(), b.store.DB(), b.path, "s")
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	r := study.Runner{
		Store: brokenStore{b.store}, Queue: q, Models: func(string) (turncoat.Model, error) { return b.model, nil },
		Worlds: library.World, Prices: func(string) (turncoat.Price, bool) { return turncoat.Price{}, false }, Judge: b.judge,
	}
	if _, err := r.Run(t.Context(), b.plan); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("the error is %v, want that of the store", err)
	}
	if b.model.calls > 3 {
		t.Errorf("%d calls were paid for and could not be kept", b.model.calls)
	}
}

func TestRejudge(t *testing.T) {
	b := newBench(t, 6, turncoat.Limits{})
	b.model.script = func(call int) (*turncoat.Reply, error) {
		if call == 1 {
			return bad(turncoat.ErrorServer)(call)
		}
		return good(call)
	}
	b.mustRun()
	again := &judge{}
	r := study.Rejudger{
		Store: b.store, Worlds: library.World, Prices: func(string) (turncoat.Price, bool) { return turncoat.Price{}, false },
		Spec: "rules", Concurrency: 3,
		Readers: func(judging.Memory) (turncoat.Judge, []turncoat.Annotator, error) { return again, nil, nil },
	}
	for range 2 {
		if _, err := r.Run(t.Context(), "s"); err != nil {
			t.Fatal(err)
		}
	}
	b.want("judgements of trials that have one", again.calls, 0)
	r.Again = true
	p, err := r.Run(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	b.want("judgements again", again.calls, 5)
	b.want("progress", p, study.Progress{Planned: 6, Finished: 5, Judged: 5, Annotated: 5, Failed: 1, Begun: 5})
	if _, err := r.Run(t.Context(), "nothing"); !errors.Is(err, turncoat.ErrNotFound) {
		t.Errorf("for a study that does not exist the error is %v", err)
	}
}

// A limit on the money of a trial needs a price, as one on the money of a study
// does.
func TestTrialCostNeedsAPrice(t *testing.T) {
	b := newBench(t, 1, turncoat.Limits{Trial: turncoat.TrialLimits{Cost: 1}})
	b.plan.Study.Prices = nil
	if _, err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "limits.trial.cost") || b.model.calls > 0 {
		t.Errorf("after %d calls the error is %v", b.model.calls, err)
	}
}
