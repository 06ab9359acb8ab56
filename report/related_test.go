package report_test

import (
	"strings"
	"testing"

	"turncoat/report"
)

// A report says where the judge is of one family with what it judges, and never
// counts a stand-in among these.
func TestReportNamesJudgesOfOneFamily(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]bool{
		"anthropic/claude-x+contact/1": true, "openai/gpt-x+contact/1": false, "standin/actor+contact/1": false, "rules/1": false, "human:ann": false,
	} {
		r, err := report.Build(t.Context(), f.store, "fixture", name, report.Options{Program: "test", Command: "turncoat"})
		must(t, err)
		notes := strings.Join(r.Notes(), "\n")
		if got := strings.Contains(notes, "Of one family, by their names: anthropic/claude-x judges anthropic/steady."); got != want {
			t.Errorf("%s: the note is there: %t, want %t:\n%s", name, got, want, notes)
		}
	}
}
