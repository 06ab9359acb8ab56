package calibration_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"turncoat"
	"turncoat/calibration"
	"turncoat/labelled"
)

// judgeFunc is a judge that decides by the number of a trial.
type judgeFunc struct {
	name  string
	asked *atomic.Int64
	says  func(t turncoat.Transcript) (turncoat.Outcome, error)
}

func (j judgeFunc) Name() string { return j.name }

func (j judgeFunc) Judge(_ context.Context, _ *turncoat.World, t turncoat.Transcript) (turncoat.Verdict, error) {
	j.asked.Add(1)
	outcome, err := j.says(t)
	return turncoat.Verdict{Outcome: outcome, Rationale: "Because."}, err
}

func newJudge(name string, says func(t turncoat.Transcript) (turncoat.Outcome, error)) judgeFunc {
	return judgeFunc{name, new(atomic.Int64), says}
}

var anyWorld = &turncoat.World{ID: turncoat.WorldID{Scenario: "s", Version: "1-a"}, Harm: turncoat.Harm{Rubric: turncoat.Rubric{Version: "3"}}}

// labels makes cases with the given labels, every third of them held out.
func labels(outcomes ...turncoat.Outcome) []labelled.Case {
	var all []labelled.Case
	for i, outcome := range outcomes {
		all = append(all, labelled.Case{
			Name: "s/k/" + string(rune('a'+i)), Scenario: "s", Kind: "k", Hard: i%2 == 0, Hand: []string{"first", "second"}[i/4%2], HeldOut: i%3 == 0, World: anyWorld,
			Label:      labelled.Label{Outcome: outcome, Rule: "A rule", Reason: "A reason."},
			Transcript: turncoat.Transcript{Trial: turncoat.Trial{World: anyWorld.ID, Interface: turncoat.InterfacePrompt, Number: i}},
		})
	}
	return all
}

const (
	harmful = turncoat.OutcomeHarmful
	benign  = turncoat.OutcomeBenign
	invalid = turncoat.OutcomeInvalid
)

// Two of three harmful transcripts are found, and one of two benign ones; about
// one the judge fails, which is in no share and never benign.
func TestMeasure(t *testing.T) {
	given := []turncoat.Outcome{harmful, benign, harmful, benign, harmful, invalid, harmful}
	says := []turncoat.Outcome{harmful, benign, harmful, harmful, benign, invalid, ""}
	j := newJudge("one/1", func(t turncoat.Transcript) (turncoat.Outcome, error) {
		if says[t.Trial.Number] == "" {
			return "", errors.New("nobody answers")
		}
		return says[t.Trial.Number], nil
	})
	judged, err := calibration.Run{Judge: j, Concurrency: 3}.Cases(t.Context(), labels(given...))
	if err != nil {
		t.Fatal(err)
	}
	v := calibration.Measure("one/1", "test", judged)
	g, ok := v.Group(calibration.ByNothing, "", false)
	if !ok || g.Cases != 7 || g.Failed != 1 || g.Sensitivity.Count != 2 || g.Sensitivity.N != 3 || g.Specificity.Count != 1 || g.Specificity.N != 2 || g.Invalid.Count != 1 {
		t.Errorf("all: %+v, sensitivity %+v, specificity %+v, invalid %+v", g, g.Sensitivity, g.Specificity, g.Invalid)
	}
	// Of five that are not labelled invalid, three agree; by the margins (3, 2) and (3, 2)
	// 13 of 25 do by chance.
	if want := (3.0/5 - 13.0/25) / (1 - 13.0/25); math.Abs(g.Kappa.Value-want) > 1e-12 {
		t.Errorf("kappa is %g, want %g", g.Kappa.Value, want)
	}
	if second, ok := v.Group(calibration.ByHand, "second", false); !ok || second.Cases != 3 || second.Failed != 1 || second.Name() != "hand: second" {
		t.Errorf("second hand: %+v", second)
	}
	if held, ok := v.Group(calibration.ByScenario, "s", true); !ok || held.Cases != 3 || held.Failed != 1 || held.Sensitivity.N != 1 || held.Specificity.Count != 0 {
		t.Errorf("held out: %+v", held)
	}
	if v.Complete() || len(v.Failures) != 1 || v.Failures[0].Message != "nobody answers" || v.Failures[0].Case != "s/k/g" {
		t.Errorf("failures: %+v", v.Failures)
	}
	var names []string
	for _, d := range v.Disagreements {
		names = append(names, d.Case)
	}
	if !slices.Equal(names, []string{"s/k/d", "s/k/e"}) || v.Disagreements[0].Reason != "A reason." || v.Disagreements[0].Rationale != "Because." {
		t.Errorf("disagreements: %+v", v.Disagreements)
	}
}

// A judge that never finds anything agrees with the labels no more than by chance,
// however many sessions without conduct are called invalid for it.
func TestKappaOfAJudgeThatFindsNothing(t *testing.T) {
	set := labels(harmful, benign, invalid, invalid, invalid, harmful, benign)
	judged, err := calibration.Run{Judge: newJudge("one/1", func(t turncoat.Transcript) (turncoat.Outcome, error) {
		if set[t.Trial.Number].Label.Outcome == invalid {
			return invalid, nil
		}
		return benign, nil
	})}.Cases(t.Context(), set)
	must(t, err)
	g, ok := calibration.Measure("one/1", "", judged).Group(calibration.ByNothing, "", false)
	if !ok || g.Kappa == nil || g.Kappa.Value != 0 || g.Invalid.Count != 3 {
		t.Errorf("kappa %+v, invalid %+v", g.Kappa, g.Invalid)
	}
}

// A judge that fails on twenty in a row is not asked about the rest, nor one whose key
// is refused; one that fails now and then is.
func TestPatience(t *testing.T) {
	set := labels(slices.Repeat([]turncoat.Outcome{harmful}, 45)...)
	for name, c := range map[string]struct {
		fails func(n int) error
		asked int64
	}{
		"always": {func(int) error { return errors.New("nobody answers") }, 20},
		"from the tenth": {func(n int) error {
			if n < 10 {
				return nil
			}
			return errors.New("nobody answers")
		}, 30},
		"but for each tenth": {func(n int) error {
			if n%10 == 0 {
				return nil
			}
			return errors.New("nobody answers")
		}, 45},
		"refused": {func(int) error { return &turncoat.ModelError{Kind: turncoat.ErrorAuth, Err: errors.New("no such key")} }, 1},
	} {
		j := newJudge("one/1", func(t turncoat.Transcript) (turncoat.Outcome, error) { return harmful, c.fails(t.Trial.Number) })
		judged, err := calibration.Run{Judge: j}.Cases(t.Context(), set)
		must(t, err)
		if got := j.asked.Load(); got != c.asked {
			t.Errorf("%s: asked %d times, want %d", name, got, c.asked)
		}
		v := calibration.Measure("one/1", "", judged)
		if last := v.Failures[len(v.Failures)-1]; v.Complete() || strings.HasPrefix(last.Message, "not asked: ") != (c.asked < 45) {
			t.Errorf("%s: the last failure is %+v", name, last)
		}
	}
}

// The accuracy that rates are corrected by is the held-out cases' for rules, which
// were adjusted to the others, and all cases' for a judge that asks a model.
func TestAccuracy(t *testing.T) {
	given := []turncoat.Outcome{harmful, benign, harmful, benign, harmful, benign}
	says := func(turncoat.Transcript) (turncoat.Outcome, error) { return harmful, nil }
	for name, n := range map[string]int{"rules/3": 1, "openai/gpt-x+contact/1": 3} {
		judged, err := calibration.Run{Judge: newJudge(name, says)}.Cases(t.Context(), labels(given...))
		if err != nil {
			t.Fatal(err)
		}
		v := calibration.Measure(name, "", judged)
		a, ok := v.Accuracy("s")
		if !ok || a.Sensitivity.N != n || a.Specificity.N != n || a.HeldOut != (n == 1) {
			t.Errorf("%s: %+v, %v", name, a, ok)
		}
		if _, ok := v.Accuracy("another"); ok {
			t.Errorf("%s has an accuracy in a scenario that it was not validated on", name)
		}
	}
}

// Two judges agree about all that both have a verdict for; the third of them
// fails once and differs once.
func TestAgree(t *testing.T) {
	set := labels(harmful, benign, harmful, benign)
	says := func(outcomes ...turncoat.Outcome) []calibration.Judged {
		judged, err := calibration.Run{Judge: newJudge("j/1", func(t turncoat.Transcript) (turncoat.Outcome, error) {
			if outcomes[t.Trial.Number] == "" {
				return "", errors.New("failed")
			}
			return outcomes[t.Trial.Number], nil
		})}.Cases(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		return judged
	}
	a, err := calibration.Agree([]string{"a/1", "b/1", "c/1"}, [][]calibration.Judged{
		says(harmful, benign, harmful, benign), says(harmful, benign, harmful, benign), says(harmful, benign, benign, ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	if a.Cases != 4 || a.Alike != 3 {
		t.Errorf("%d cases, %d alike", a.Cases, a.Alike)
	}
	// Three units by three judges: two are alike, one is 2 to 1. Observed (1+1+1/3)/3
	// = 7/9, by chance (5/9)²+(4/9)² = 41/81.
	if want := (7.0/9 - 41.0/81) / (1 - 41.0/81); a.Fleiss == nil || math.Abs(a.Fleiss.Value-want) > 1e-12 {
		t.Errorf("Fleiss' kappa is %+v, want %g", a.Fleiss, want)
	}
	// Eleven values, 6 benign and 5 harmful: 1 − 10 · (2 · 2 / 2) / (2 · 5 · 6).
	if want := 1 - 10*2.0/60; a.Alpha == nil || math.Abs(a.Alpha.Value-want) > 1e-12 {
		t.Errorf("Krippendorff's alpha is %+v, want %g", a.Alpha, want)
	}
	if _, err := calibration.Agree([]string{"a/1", "b/1"}, [][]calibration.Judged{says(harmful, benign, harmful, benign), nil}); err == nil {
		t.Error("judges that judged different cases agree")
	}
}

// An interruption is no failure of the judge.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	j := newJudge("j/1", func(turncoat.Transcript) (turncoat.Outcome, error) {
		cancel()
		return "", context.Canceled
	})
	if _, err := (calibration.Run{Judge: j}).Cases(ctx, labels(harmful)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// What is saved is found again, by the judge's name and no other; what comes with
// Turncoat is found where nothing is saved.
func TestSaveAndFind(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "validations")
	v := &calibration.Validation{Judge: "openai/o3?effort=high+contact/1"}
	file, err := calibration.Save(folder, v)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v; want it for its owner alone", info.Mode(), err)
	}
	if got, err := calibration.Find(folder, v.Judge); err != nil || got == nil || got.Judge != v.Judge {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := calibration.Find(folder, "openai/o3?effort=low+contact/1"); err != nil || got != nil {
		t.Errorf("of another judge: %+v, %v", got, err)
	}
	long := &calibration.Validation{Judge: "panel:majority(" + strings.Repeat("reader:openai/a-model/2,", 20) + "rules/3)/1"}
	if _, err := calibration.Save(folder, long); err != nil {
		t.Errorf("a judge with a name of %d bytes: %v", len(long.Judge), err)
	}
	if got, err := calibration.Find(folder, long.Judge); err != nil || got == nil || got.Judge != long.Judge {
		t.Errorf("a judge with a name of %d bytes: %+v, %v", len(long.Judge), got, err)
	}
	if got, err := calibration.Find(folder, "rules/3"); err != nil || got == nil || got.Judge != "rules/3" {
		t.Errorf("of the rules: %+v, %v", got, err)
	}
	own := &calibration.Validation{Judge: v.Judge, Sources: []calibration.Source{{Source: labelled.Source{Kind: labelled.SourceStudy, Name: "mine"}}}}
	_, err = calibration.Save(folder, own)
	must(t, err)
	if got, err := calibration.FindOn(folder, v.Judge, "mine"); err != nil || got == nil || got.Study() != "mine" {
		t.Errorf("on the study's trials: %+v, %v", got, err)
	}
	if got, err := calibration.FindOn(folder, v.Judge, "another"); err != nil || got != nil {
		t.Errorf("on another study's trials: %+v, %v", got, err)
	}
	if got, err := calibration.Find(folder, v.Judge); err != nil || got == nil || got.Study() != "" {
		t.Errorf("on no study's trials, beside those: %+v, %v", got, err)
	}
	mine := &calibration.Validation{Judge: v.Judge, Sources: []calibration.Source{{Source: labelled.Source{Kind: labelled.SourceFolder, Name: "labels"}}}}
	_, err = calibration.Save(folder, mine)
	must(t, err)
	if got, err := calibration.FindOwn(folder, v.Judge); err != nil || got == nil || got.Kind() != labelled.SourceFolder {
		t.Errorf("on the user's transcripts: %+v, %v", got, err)
	}
	if got, err := calibration.Find(folder, v.Judge); err != nil || got == nil || got.Kind() != labelled.SourceSet {
		t.Errorf("on what comes with Turncoat, beside the user's: %+v, %v", got, err)
	}
	if err := os.WriteFile(file, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := calibration.Find(folder, v.Judge); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file that is no validation: %v", err)
	}
}

// What mixes the set with labels of the user's own tells of neither, so of the rules
// that which comes with Turncoat is found.
func TestFindLeavesMixturesOut(t *testing.T) {
	folder := t.TempDir()
	file, err := calibration.Save(folder, &calibration.Validation{Judge: "rules/3", Program: "kept"})
	must(t, err)
	if got, err := calibration.Find(folder, "rules/3"); err != nil || got.Program != "kept" {
		t.Fatalf("%+v, %v", got, err)
	}
	must(t, os.WriteFile(file, []byte(`{"judge": "rules/3", "program": "kept", "sources": [{"kind": "set", "cases": 410}, {"kind": "folder", "name": "mine", "cases": 3}]}`), 0o600))
	if got, err := calibration.Find(folder, "rules/3"); err != nil || got == nil || got.Program == "kept" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A validation in which the judge failed takes the place of another such one, and
// never that of a complete one.
func TestIncompleteReplacesNoComplete(t *testing.T) {
	folder := t.TempDir()
	failed := func(program string) *calibration.Validation {
		return &calibration.Validation{Judge: "openai/o3+contact/1", Program: program, Failures: []calibration.Failure{{Case: "s/k/a", Message: "nobody answers"}}}
	}
	for _, program := range []string{"first", "second"} {
		_, err := calibration.Save(folder, failed(program))
		must(t, err)
		if got, err := calibration.Find(folder, "openai/o3+contact/1"); err != nil || got == nil || got.Program != program {
			t.Errorf("%s: %+v, %v", program, got, err)
		}
	}
	complete := &calibration.Validation{Judge: "openai/o3+contact/1", Program: "complete"}
	kept, err := calibration.Save(folder, complete)
	must(t, err)
	if file, err := calibration.Save(folder, failed("third")); !errors.Is(err, calibration.ErrIncomplete) || file != kept {
		t.Errorf("%s, %v", file, err)
	}
	if got, err := calibration.Find(folder, "openai/o3+contact/1"); err != nil || got == nil || got.Program != "complete" {
		t.Errorf("%+v, %v", got, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
