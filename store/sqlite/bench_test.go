package sqlite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"turncoat"
	"turncoat/store/sqlite"
	"turncoat/store/storetest"
)

// large is the number of trials of the paper's multi-model study.
const large = 28_800

func savePlan(b *testing.B, store *sqlite.Store, n int) []turncoat.Trial {
	b.Helper()
	trials := storetest.Trials("s", n)
	must(b, store.SavePlan(b.Context(), turncoat.Study{Name: "s"}, slices.Values(trials)))
	return trials
}

// BenchmarkAppend measures whole sessions (four events, a prompt of 40 KB that
// trials share, an answer of 3 KB), appended by some callers at once.
func BenchmarkAppend(b *testing.B) {
	prompt, answer := strings.Repeat("0123456789", 4000), strings.Repeat("answer ", 430)
	for _, callers := range []int{1, 16, 200} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			store := open(b, filepath.Join(b.TempDir(), "results.db"))
			trials := savePlan(b, store, b.N)
			next := make(chan turncoat.Trial)
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for trial := range next {
						if err := store.Append(b.Context(), trial.ID(), turncoat.StatusFinished, storetest.Session(prompt, answer)...); err != nil {
							b.Error(err)
						}
					}
				})
			}
			b.ResetTimer()
			for _, trial := range trials {
				next <- trial
			}
			close(next)
			wg.Wait()
		})
	}
}

func BenchmarkSavePlan(b *testing.B) {
	for name, replan := range map[string]bool{"new": false, "again": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				store := open(b, filepath.Join(b.TempDir(), "results.db"))
				if replan {
					savePlan(b, store, large)
				}
				b.StartTimer()
				savePlan(b, store, large)
				b.StopTimer()
				must(b, store.Close())
				b.StartTimer()
			}
		})
	}
}

func BenchmarkRecords(b *testing.B) {
	store := open(b, filepath.Join(b.TempDir(), "results.db"))
	trials := savePlan(b, store, large)
	next := make(chan turncoat.Trial)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for trial := range next {
				must(b, store.Append(b.Context(), trial.ID(), turncoat.StatusFinished, storetest.Session("prompt", "answer")...))
				must(b, store.SaveJudgement(b.Context(), turncoat.Judgement{
					Trial: trial.ID(), Judge: "rules/1", Verdict: &turncoat.Verdict{Outcome: turncoat.OutcomeBenign, Rationale: strings.Repeat("because ", 50)},
				}))
			}
		})
	}
	for _, trial := range trials {
		next <- trial
	}
	close(next)
	wg.Wait()
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range store.Records(b.Context(), "s", "rules/1") {
			must(b, err)
		}
	}
}
