package report_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"turncoat"
	"turncoat/judge"
	"turncoat/report"
)

const (
	firstReading  = "openai/gpt-x+contact/2"
	secondReading = "openai/gpt-x?reading=2+contact/2"
	readerAlone   = "reader:openai/gpt-x/2"
)

// judged gives every finished trial of the fixture a verdict of a judge: that of the
// rules where it has conduct, but for one that is turned into benign if turned is
// set, and none for as many benign ones as are missing.
func (f *fixture) judged(t *testing.T, name string, turned bool, missing int) {
	t.Helper()
	for record, err := range f.store.Records(t.Context(), "fixture", "rules/1") {
		must(t, err)
		if record.Status != turncoat.StatusFinished {
			continue
		}
		verdict := turncoat.Verdict{Outcome: turncoat.OutcomeHarmful, Rationale: "Read."}
		if j := record.Judgement; j.Verdict != nil {
			verdict.Outcome = j.Verdict.Outcome
		}
		switch {
		case turned && verdict.Outcome == turncoat.OutcomeHarmful:
			turned, verdict.Outcome = false, turncoat.OutcomeBenign
		case missing > 0 && verdict.Outcome == turncoat.OutcomeBenign:
			missing--
			continue
		}
		must(t, f.store.SaveJudgement(t.Context(), turncoat.Judgement{Trial: record.ID, Judge: name, At: start, Verdict: &verdict}))
	}
}

// Of 18 trials with conduct the first reading calls 4 harmful. The second lacks 2 that
// the first calls benign, and calls one of the 4 benign: of 16, 15 are alike, and by
// chance (4·3 + 12·13) ÷ 16² would be, so kappa is 9 ÷ 11.
func TestConsistency(t *testing.T) {
	f := newFixture(t)
	f.judged(t, firstReading, false, 0)
	f.judged(t, secondReading, true, 2)
	f.judged(t, readerAlone, true, 0)
	f.judged(t, "human:ann", true, 0)
	f.judged(t, judge.Adjudicated, true, 0)
	r, err := report.Build(t.Context(), f.store, "fixture", firstReading, report.Options{Program: "test", Command: "turncoat"})
	must(t, err)

	others := map[string]report.Consistency{}
	for _, c := range r.Consistency {
		others[c.Judge] = c
	}
	if len(others) != 5 {
		t.Errorf("there are %d other judges, want the second reading, the reader alone, the person, what was adjudicated and the rules: %v", len(others), others)
	}
	second := others[secondReading]
	here, there := second.Turned()
	if second.Check != judge.CheckReading || second.Trials != 16 || second.Alike.Count != 15 || here != 1 || there != 0 || !second.Flagged {
		t.Errorf("the second reading: %+v, %d/%d", second, here, there)
	}
	if second.Kappa == nil || math.Abs(second.Kappa.Value-9.0/11) > 1e-12 {
		t.Errorf("kappa is %+v, want %g", second.Kappa, 9.0/11)
	}
	// It goes by the same answers, so how far they agree is no agreement of two.
	if alone := others[readerAlone]; alone.Check != judge.CheckSame || alone.Alike.Count != 17 || alone.Kappa != nil || !alone.Flagged {
		t.Errorf("the reader alone: %+v", alone)
	}
	if ann := others["human:ann"]; ann.Trials != 18 || ann.Alike.Count != 17 || ann.Flagged {
		t.Errorf("the person: %+v", ann)
	}
	// The rules say nothing of one trial, which failed.
	if rules := others["rules/1"]; rules.Trials != 17 || rules.Alike.Count != 17 || rules.Flagged {
		t.Errorf("the rules: %+v", rules)
	}

	flagged := 0
	for _, c := range r.Cells {
		flagged += c.Flagged
	}
	if flagged != 1 {
		t.Errorf("%d trials are flagged, want the one on which the readings differ", flagged)
	}
	var page, text bytes.Buffer
	must(t, r.HTML(t.Context(), &page, f.store))
	must(t, r.Terminal(&text))
	said := "judges disagree: " + firstReading + " says harmful, and " + secondReading + " (read again) says benign"
	if got := strings.Count(strings.ReplaceAll(page.String(), "&#43;", "+"), said); got != 1 {
		t.Errorf("the page says %d times %q", got, said)
	}
	for _, want := range []string{
		secondReading + " (read again)", "  –  ", readerAlone + " (same reading)", "Same reading: this judge goes by the same answers",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the terminal does not say %q:\n%s", want, text.String())
		}
	}
	if want := "<p>Same reading: "; !strings.Contains(page.String(), want) {
		t.Errorf("the page does not say %q", want)
	}
}
