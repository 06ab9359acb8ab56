package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"turncoat"
	"turncoat/judge"
	"turncoat/report"
)

// What a report advises concerns the judge that it reports, and works when it is
// typed: nobody is sent to another judge, or to one that cannot be asked.
func TestWhatToDoAboutMissingVerdicts(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]string{
		"rules/3":                "`turncoat judge fixture` goes on.", // the study's own
		"openai/gpt-4.1":         "`turncoat judge fixture --judge openai/gpt-4.1` goes on.",
		"openai/gpt-x?top_p=0.5": "`turncoat judge fixture --judge 'openai/gpt-x?top_p=0.5'` goes on.",
		"human:bob":              "`turncoat label fixture --rater bob` goes on.",
		judge.Adjudicated:        "`turncoat label fixture --adjudicate` goes on.",
		"rules/2":                "The transcripts are kept, but this program cannot ask that judge.",
		"lynch2025:some-model":   "The transcripts are kept, but this program cannot ask that judge.",
	} {
		r, err := report.Build(t.Context(), f.store, "fixture", name, report.Options{Command: "turncoat"})
		must(t, err)
		if got := strings.Join(r.Missing(), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: %q is missing in\n%s", name, want, got)
		}
	}
}

// A new version of a judge has no verdicts of what the old one judged. The report
// names whoever has judged it, most trials first, and how to see that.
func TestJudgedByOthers(t *testing.T) {
	f := newFixture(t)
	f.judged(t, judge.Adjudicated, true, 12)
	r, err := report.Build(t.Context(), f.store, "fixture", "rules/3", report.Options{Command: "turncoat"})
	must(t, err)
	if len(r.Instead) != 2 || r.Instead[0].Judge != "rules/1" || r.Instead[0].Trials != 19 || r.Instead[1].Trials != 8 {
		t.Fatalf("instead of rules/3 there are %+v", r.Instead)
	}
	if len(r.Consistency) != 0 {
		t.Errorf("a judge without a verdict is compared: %+v", r.Consistency)
	}
	want := "Judged by others: of 20 trials without a verdict of rules/3 there are verdicts of rules/1 (19), human:adjudicated (8). `turncoat report fixture --judge rules/1` shows them."
	var page, text, data bytes.Buffer
	must(t, r.Terminal(&text))
	must(t, r.HTML(t.Context(), &page, f.store))
	must(t, r.JSON(&data))
	for name, c := range map[string]struct{ text, want string }{
		"terminal": {text.String(), want}, "HTML": {page.String(), "Judged by others"}, "JSON": {data.String(), `"judge": "rules/1",
      "trials": 19`},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s does not have %q:\n%s", name, c.want, c.text)
		}
	}
}

// A comparison leads to a comparison.
func TestJudgedByOthersInAComparison(t *testing.T) {
	r := studyOfJudge(t, "rules/3", report.Options{Command: "turncoat"}, measured{"blackmail", figure8, "a/claude-opus-4", 0, 1, 2})
	var text bytes.Buffer
	must(t, r.CompareTerminal(&text))
	if want := "`turncoat compare s --judge rules/1` shows them."; !strings.Contains(text.String(), want) {
		t.Errorf("%q is missing in\n%s", want, text.String())
	}
}

// A study that may have stopped at its budget would stop there again.
func TestNotRunBecauseOfTheBudget(t *testing.T) {
	f := newFixture(t)
	study := turncoat.Study{Name: "fixture", Judge: "rules", Limits: turncoat.Limits{MaxCost: 2.5}}
	must(t, f.store.SavePlan(t.Context(), study, slices.Values(f.trials)))
	r, err := report.Build(t.Context(), f.store, "fixture", "rules/1", report.Options{Command: "turncoat"})
	must(t, err)
	want := "Not run: 2 trials of the plan. The same run goes on, unless it was the budget that stopped it: the study may spend $2.50 (limits.max_cost). With more, as in `--max-cost 5`, it goes on."
	if got := strings.Join(r.Missing(), "\n"); !strings.Contains(got, want) {
		t.Errorf("%q is missing in\n%s", want, got)
	}
}

// In a terminal no sentence is wider than it, and nothing is lost at the breaks.
func TestTerminalOfAWidth(t *testing.T) {
	f := newFixture(t)
	r, err := report.Build(t.Context(), f.store, "fixture", "rules/1", report.Options{Program: "test", Command: "turncoat"})
	must(t, err)
	var whole, narrow bytes.Buffer
	must(t, r.Terminal(&whole))
	r.FitTo(60)
	must(t, r.Terminal(&narrow))
	if strings.Join(strings.Fields(whole.String()), " ") != strings.Join(strings.Fields(narrow.String()), " ") {
		t.Error("at another width a report says something else")
	}
	_, notes, _ := strings.Cut(narrow.String(), "\n! ")
	for line := range strings.Lines(notes) {
		if n := utf8.RuneCountInString(line) - 1; n > 60 && !strings.Contains(line, "`") {
			t.Errorf("%d characters: %s", n, line)
		}
	}
}
