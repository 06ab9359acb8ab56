package calibration_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"turncoat"
	"turncoat/calibration"
	"turncoat/labelled"
	"turncoat/store/sqlite"
)

// A sample that holds what judges flag more often than the rest of the study does,
// beyond chance, tells nothing of the study.
func TestPicked(t *testing.T) {
	for name, c := range map[string]struct {
		rated, others calibration.Flagged
		picked        bool
	}{
		"drawn at random":            {calibration.Flagged{Trials: 40, Flagged: 5}, calibration.Flagged{Trials: 160, Flagged: 18}, false},
		"the flagged ones":           {calibration.Flagged{Trials: 23, Flagged: 23}, calibration.Flagged{Trials: 177}, true},
		"one flagged one":            {calibration.Flagged{Trials: 1, Flagged: 1}, calibration.Flagged{Trials: 199}, true},
		"at random, and the flagged": {calibration.Flagged{Trials: 55, Flagged: 20}, calibration.Flagged{Trials: 145, Flagged: 3}, true},
		"all there are":              {calibration.Flagged{Trials: 200, Flagged: 23}, calibration.Flagged{}, false},
		"none that is flagged":       {calibration.Flagged{Trials: 40}, calibration.Flagged{Trials: 160, Flagged: 18}, false},
	} {
		p := &calibration.People{Rated: c.rated, Others: c.others}
		if got := p.Picked(); got != c.picked {
			t.Errorf("%s: picked is %v", name, got)
		}
		v := ofStudy(t)
		v.ByPeople(p)
		if _, ok := v.Accuracy("s"); ok == c.picked {
			t.Errorf("%s: its accuracy is used: %v", name, ok)
		}
	}
}

// ofStudy validates the rules on trials of a study, of which they are right.
func ofStudy(t *testing.T) *calibration.Validation {
	t.Helper()
	cases := labels(harmful, benign, harmful)
	for i := range cases {
		cases[i].Source, cases[i].HeldOut = labelled.Source{Kind: labelled.SourceStudy, Name: "mine"}, true
		cases[i].Kind, cases[i].Hand = "maker/model", ""
	}
	judged, err := calibration.Run{Judge: newJudge("rules/2", func(t turncoat.Transcript) (turncoat.Outcome, error) {
		return cases[t.Trial.Number].Label.Outcome, nil
	})}.Cases(t.Context(), cases)
	must(t, err)
	return calibration.Measure("rules/2", "", judged)
}

// Trials of a study are measured by scenario, interface and model; nobody has said
// how hard they are.
func TestGroupsOfStudy(t *testing.T) {
	v := ofStudy(t)
	var by []calibration.By
	for _, g := range v.Groups {
		if !g.HeldOut {
			by = append(by, g.By)
		}
	}
	if want := []calibration.By{calibration.ByNothing, calibration.ByScenario, calibration.ByInterface, calibration.ByKind}; !slices.Equal(by, want) {
		t.Errorf("groups by %v, want %v", by, want)
	}
	if _, ok := v.Group(calibration.ByKind, "s/maker/model", false); !ok || v.Study() != "mine" || v.Sources[0].Cases != 3 {
		t.Errorf("%+v", v)
	}
	a, ok := v.Accuracy("s")
	if !ok || a.Study != "mine" || a.Sensitivity.Count != 2 || a.Specificity.N != 1 {
		t.Errorf("accuracy %+v, %v", a, ok)
	}
}

// What a store has of a judge is not asked for again; a failure is, and what was
// never asked.
func TestStored(t *testing.T) {
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "results.db"))
	must(t, err)
	defer store.Close()
	cases := labels(harmful, benign, harmful)
	var trials []turncoat.Trial
	for i := range cases {
		cases[i].Transcript.Trial.Study = "mine"
		trials = append(trials, cases[i].Transcript.Trial)
	}
	must(t, store.SavePlan(t.Context(), turncoat.Study{Name: "mine"}, slices.Values(trials)))
	judgement := func(i int, j turncoat.Judgement) {
		j.Trial, j.Judge = trials[i].ID(), "one/1"
		must(t, store.SaveJudgement(t.Context(), j))
	}
	judgement(0, turncoat.Judgement{Verdict: &turncoat.Verdict{Outcome: invalid, Rationale: "As stored."}})
	judgement(1, turncoat.Judgement{Failure: &turncoat.Failure{Message: "It was broken."}})
	asked := newJudge("one/1", func(turncoat.Transcript) (turncoat.Outcome, error) { return benign, nil })
	stored, err := calibration.NewStored(t.Context(), store, "mine", asked)
	must(t, err)
	judged, err := calibration.Run{Judge: stored}.Cases(t.Context(), cases)
	must(t, err)
	if asked.asked.Load() != 2 || stored.Has(cases) != 1 || judged[0].Verdict.Rationale != "As stored." || judged[1].Verdict.Outcome != benign {
		t.Errorf("%d asked, %d stored, %+v", asked.asked.Load(), stored.Has(cases), judged)
	}
	why := errors.New("it is of another version")
	if _, err := (calibration.Unasked{Named: "one/0", Why: why}).Judge(context.Background(), anyWorld, turncoat.Transcript{}); !errors.Is(err, why) {
		t.Errorf("a judge that cannot be asked: %v", err)
	}
}
