package report_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"turncoat"
	"turncoat/report"
	"turncoat/store/sqlite"
)

// A member of a panel that fails again and again, while the others decide, is named
// with how often it did.
func TestSilentMembers(t *testing.T) {
	f := newFixture(t)
	const panel = "panel:majority(rules/3,reader:a/x/2,reader:b/y/2)/1"
	judged := 0
	for i, trial := range f.trials {
		records, err := f.store.Judgements(t.Context(), trial.ID())
		must(t, err)
		if len(records) == 0 || records[0].Verdict == nil {
			continue
		}
		judged++
		verdict := turncoat.Verdict{Outcome: turncoat.OutcomeBenign, Rationale: "Two of three say so."}
		if i%2 == 0 {
			verdict.Failed = []string{"reader:b/y/2"}
		}
		must(t, f.store.SaveJudgement(t.Context(), turncoat.Judgement{Trial: trial.ID(), Judge: panel, At: start, Verdict: &verdict}))
	}
	r, err := report.Build(t.Context(), f.store, "fixture", panel, report.Options{})
	must(t, err)
	if len(r.Silent) != 1 || r.Silent[0].Member != "reader:b/y/2" || r.Silent[0].Trials == 0 || r.Silent[0].Trials >= judged {
		t.Fatalf("of %d trials with a verdict, %+v", judged, r.Silent)
	}
	want := "The panel's member reader:b/y/2 failed at"
	if notes := strings.Join(r.Notes(), "\n"); !strings.Contains(notes, want) {
		t.Errorf("no note says %q:\n%s", want, notes)
	}
}

// A trial that was imported as failed is not said to be tried again.
func TestImportedFailures(t *testing.T) {
	for name, c := range map[string]struct {
		stages []string
		want   string
	}{
		"all imported":   {[]string{turncoat.StageImport, turncoat.StageImport}, "They were imported so, and cannot be run here."},
		"none":           {[]string{"model", "model"}, "The same run tries again."},
		"one among them": {[]string{"model", turncoat.StageImport}, "Of these, 1 was imported so and cannot be run here; the same run tries the others again."},
	} {
		store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "results.db"))
		must(t, err)
		var trials []turncoat.Trial
		for i := range c.stages {
			trials = append(trials, turncoat.Trial{Study: "s", Model: "a/x", Interface: turncoat.InterfacePrompt, Number: i + 1, World: turncoat.WorldID{Scenario: "blackmail", Version: "1"}})
		}
		must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "s"}, slices.Values(trials)))
		for i, stage := range c.stages {
			must(t, store.Append(t.Context(), trials[i].ID(), turncoat.StatusFailed, append(beginning(), event(2, turncoat.Event{
				Kind: turncoat.EventFailure, Failure: &turncoat.Failure{Stage: stage, Message: "it broke"},
			}))...))
		}
		r, err := report.Build(t.Context(), store, "s", "rules/3", report.Options{})
		must(t, err)
		if got := strings.Join(r.Missing(), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q is missing in\n%s", name, c.want, got)
		}
		must(t, store.Close())
	}
}
