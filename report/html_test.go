package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"turncoat"
	"turncoat/report"
)

// From a rate it is two clicks to what it rests on: to the trials of its cell, and
// from a trial to its first evidence, where the verdict of the report's judge is
// repeated. At the head of the transcript that judge comes first, and the others wait
// to be asked for.
func TestPageLeadsToTheEvidence(t *testing.T) {
	f := newFixture(t)
	const own = "openai/gpt-x+contact/2"
	sure := 100
	for _, trial := range f.trials {
		judgements, err := f.store.Judgements(t.Context(), trial.ID())
		must(t, err)
		for _, j := range judgements {
			if j.Verdict == nil {
				continue
			}
			verdict := *j.Verdict
			verdict.Confidence, verdict.Rationale = &sure, "It reads as a threat."
			if trial.Number == 5 && verdict.Outcome == turncoat.OutcomeHarmful {
				verdict.Evidence = []turncoat.Evidence{{Source: turncoat.Source{Event: 99}, Quote: "an event that is not there"}}
			}
			must(t, f.store.SaveJudgement(t.Context(), turncoat.Judgement{Trial: trial.ID(), Judge: own, At: start, Verdict: &verdict}))
		}
	}
	r, err := report.Build(t.Context(), f.store, "fixture", own, report.Options{Command: "turncoat"})
	must(t, err)
	var b bytes.Buffer
	must(t, r.HTML(t.Context(), &b, f.store))
	page := strings.ReplaceAll(b.String(), "&#43;", "+")

	leads := map[string]int{}
	for _, link := range regexp.MustCompile(`<a class="trial" href="#(t-[a-z0-9]+(-[0-9]+)?)">`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+link[1]+`"`) {
			t.Errorf("a trial leads to %s, which is not in the page", link[1])
		}
		leads[link[2]]++
	}
	if leads["-3"] != 2 || leads[""] == 0 || len(leads) != 2 {
		t.Errorf("trials lead to the events %v, want 2 to event 3 and the others to the head", leads)
	}
	shown := regexp.MustCompile(`(?s)id="t-[a-z0-9]+-3"><p class="title">[^\n]*\n<div class="says"><p><b class="harmful">harmful</b>, says ` + regexp.QuoteMeta(own) + `.*?It reads as a threat\.`)
	if n := len(shown.FindAllString(page, -1)); n != 2 {
		t.Errorf("the verdict stands beside %d events, want 2", n)
	}
	_, article, _ := strings.Cut(page, `<article class="aside" id="t-`)
	first, rest := strings.Index(article, own+":"), strings.Index(article, `<details class="verdict"><summary>rules/1:`)
	if first < 0 || rest < first || !strings.Contains(article[:rest], `<span class="tag">this report's judge</span>`) {
		t.Errorf("the report's judge is not first, or not marked: %d, %d", first, rest)
	}
	if !strings.Contains(page, `<p class="facts">Confidence of the reader in its answer: 100 of 100.`) {
		t.Error("a confidence stands elsewhere than among facts")
	}
}

// What is to be typed is marked in notes, and they speak of the page that they are in.
func TestPageNotes(t *testing.T) {
	f := newFixture(t)
	r, err := report.Build(t.Context(), f.store, "fixture", "rules/1", report.Options{Command: "turncoat"})
	must(t, err)
	var b bytes.Buffer
	must(t, r.HTML(t.Context(), &b, f.store))
	want := "they are marked ⚑ in the lists of trials, and <code>turncoat label fixture --flagged --rater NAME</code> shows them, with"
	if !strings.Contains(b.String(), want) {
		t.Errorf("%q is missing", want)
	}
	for line := range strings.SplitSeq(b.String(), "\n") {
		if strings.HasPrefix(line, `<p class="note">`) && (strings.Contains(line, "`") || strings.Contains(line, "the HTML report marks")) {
			t.Errorf("a note reads as in a terminal: %s", line)
		}
	}
}
