package queue_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"turncoat"
	"turncoat/queue"
	"turncoat/store/sqlite"
	"turncoat/store/storetest"
)

const (
	benchLatency     = 200 * time.Millisecond // of the model call in each trial
	benchConcurrency = 200
)

// BenchmarkWork measures a whole run of trials that each wait for 200 ms, then
// append a session of 3 KB and save a judgement, 200 at once. The floor is the
// same trials from a plain channel. Reported are the time as a multiple of the
// ideal one, the processor time in cores, and the memory in use near the end.
func BenchmarkWork(b *testing.B) {
	for _, n := range []int{2000, 20_000} {
		for name, run := range map[string]func(*testing.B, *sqlite.Store, []turncoat.TrialID, func(context.Context, turncoat.TrialID) error){
			"floor": runChannel, "queue": runQueue,
		} {
			b.Run(fmt.Sprintf("%s/trials=%d", name, n), func(b *testing.B) {
				for b.Loop() {
					benchmarkRun(b, n, run)
				}
			})
		}
	}
}

func benchmarkRun(b *testing.B, n int, run func(*testing.B, *sqlite.Store, []turncoat.TrialID, func(context.Context, turncoat.TrialID) error)) {
	b.Helper()
	b.StopTimer()
	store, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "results.db"))
	must(b, err)
	must(b, store.SavePlan(b.Context(), turncoat.Study{Name: "s"}, slices.Values(storetest.Trials("s", n))))
	all := ids("s", n)
	do := session(store)
	runtime.GC()
	b.StartTimer()

	began, used := time.Now(), processorTime()
	run(b, store, all, do)
	took := time.Since(began)

	b.StopTimer()
	ideal := benchLatency * time.Duration(n/benchConcurrency)
	b.ReportMetric(took.Seconds()/ideal.Seconds(), "×ideal")
	b.ReportMetric((processorTime()-used).Seconds()/took.Seconds(), "cores")
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.ReportMetric(float64(memory.HeapInuse+memory.StackInuse)/1e6, "MB")
	must(b, store.Close())
	b.StartTimer()
}

// session returns what a trial does.
func session(store *sqlite.Store) func(context.Context, turncoat.TrialID) error {
	prompt, answer := strings.Repeat("0123456789", 4000), strings.Repeat("answer ", 400)
	return func(ctx context.Context, id turncoat.TrialID) error {
		time.Sleep(benchLatency)
		if err := store.Append(ctx, id, turncoat.StatusFinished, storetest.Session(prompt, answer)...); err != nil {
			return err
		}
		return store.SaveJudgement(ctx, turncoat.Judgement{
			Trial: id, Judge: "rules/1", At: time.Now(), Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeBenign, Rationale: "no threat"},
		})
	}
}

func runQueue(b *testing.B, store *sqlite.Store, all []turncoat.TrialID, do func(context.Context, turncoat.TrialID) error) {
	q, err := queue.Open(b.Context(), store.DB(), store.Path(), "s")
	must(b, err)
	must(b, q.Add(b.Context(), all))
	must(b, q.Work(b.Context(), benchConcurrency, do))
	must(b, q.Close())
}

func runChannel(b *testing.B, _ *sqlite.Store, all []turncoat.TrialID, do func(context.Context, turncoat.TrialID) error) {
	next := make(chan turncoat.TrialID)
	var wg sync.WaitGroup
	for range benchConcurrency {
		wg.Go(func() {
			for id := range next {
				if err := do(b.Context(), id); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for _, id := range all {
		next <- id
	}
	close(next)
	wg.Wait()
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
