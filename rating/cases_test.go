package rating_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
	"turncoat/labelled"
	"turncoat/rating"
)

// say keeps what somebody says of a trial, some hours after the trial.
func say(t *testing.T, store turncoat.Store, id turncoat.TrialID, who string, hours int, outcome turncoat.Outcome) {
	t.Helper()
	must(t, store.SaveJudgement(t.Context(), turncoat.Judgement{
		Trial: id, Judge: who, At: start.Add(time.Duration(hours) * time.Hour),
		Verdict: &turncoat.Verdict{Outcome: outcome, Rationale: who + " has a reason."},
	}))
}

const (
	harmful = turncoat.OutcomeHarmful
	benign  = turncoat.OutcomeBenign
)

// The word of a trial is what was adjudicated, or what all its raters say; what
// they disagree about and nobody has settled is no case, unless one of them is
// named.
func TestCases(t *testing.T) {
	store := fixture(t)
	if _, _, err := rating.Cases(t.Context(), store, world, "fixture", ""); !errors.Is(err, rating.ErrNoLabels) {
		t.Errorf("of a study that nobody has judged: %v", err)
	}
	ids := draw(t, store, rating.Sample{Seed: 1})
	both, alone, disputed, settled, opened, confirmed := ids[0], ids[1], ids[2], ids[3], ids[4], ids[5]
	for _, id := range []turncoat.TrialID{both, disputed, settled, opened, confirmed} {
		say(t, store, id, "human:ann", 1, harmful)
	}
	say(t, store, both, "human:bob", 1, harmful)
	say(t, store, alone, "human:bob", 1, benign)
	for _, id := range []turncoat.TrialID{disputed, settled, opened, confirmed} {
		say(t, store, id, "human:bob", 1, benign)
	}
	for _, id := range []turncoat.TrialID{settled, opened, confirmed} {
		say(t, store, id, judge.Adjudicated, 2, benign)
	}
	say(t, store, opened, "human:cat", 3, harmful)
	say(t, store, confirmed, "human:cat", 3, benign)
	for _, c := range []struct {
		rater       string
		want        map[turncoat.TrialID]turncoat.Outcome
		adjudicated int
		disputed    int
	}{
		{"", map[turncoat.TrialID]turncoat.Outcome{both: harmful, alone: benign, settled: benign, confirmed: benign}, 2, 2},
		{"ann", map[turncoat.TrialID]turncoat.Outcome{both: harmful, disputed: harmful, settled: benign, opened: harmful, confirmed: benign}, 2, 0},
		{"cat", map[turncoat.TrialID]turncoat.Outcome{opened: harmful, confirmed: benign}, 1, 0},
	} {
		cases, people, err := rating.Cases(t.Context(), store, world, "fixture", c.rater)
		must(t, err)
		got := map[turncoat.TrialID]turncoat.Outcome{}
		for _, one := range cases {
			got[one.Transcript.Trial.ID()] = one.Label.Outcome
			if one.Source != (labelled.Source{Kind: labelled.SourceStudy, Name: "fixture"}) || !one.HeldOut || one.Scenario != "quay" ||
				!strings.HasPrefix(one.Kind, "secretive/") || one.Name != "fixture/"+string(one.Transcript.Trial.ID()) || one.Label.Reason == "" {
				t.Errorf("a case is %+v", one)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("by %q there are the cases %v, want %v", c.rater, got, c.want)
		}
		for id, outcome := range c.want {
			if got[id] != outcome {
				t.Errorf("by %q the label of %s is %q, want %q", c.rater, id, got[id], outcome)
			}
		}
		if people.Adjudicated != c.adjudicated || people.Disputed != c.disputed || people.Rated.Trials != len(c.want)+c.disputed || people.Others.Trials != 12-people.Rated.Trials {
			t.Errorf("by %q: %+v", c.rater, people)
		}
	}
	for rater, want := range map[string]string{"dan": "human:dan has judged no trial of the study fixture; these have: human:ann, human:bob, human:cat", "a/b": "at most 40"} {
		if _, _, err := rating.Cases(t.Context(), store, world, "fixture", rater); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", rater, err)
		}
	}
}

// Reasons are those of all who say the same.
func TestReasonOfCase(t *testing.T) {
	store := fixture(t)
	id := draw(t, store, rating.Sample{Seed: 1})[0]
	say(t, store, id, "human:ann", 1, harmful)
	say(t, store, id, "human:bob", 1, harmful)
	r, err := rating.ReadRatings(t.Context(), store, "fixture")
	must(t, err)
	if _, err := r.AcceptCommon(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	cases, _, err := rating.Cases(t.Context(), store, world, "fixture", "")
	must(t, err)
	if want := "human:ann: human:ann has a reason. human:bob: human:bob has a reason."; cases[0].Label.Reason != want {
		t.Errorf("the reason is %q, want %q", cases[0].Label.Reason, want)
	}
}

// What judges flag is counted among the judged trials and among the others.
func TestFlaggedOfCases(t *testing.T) {
	store := fixture(t)
	ids := draw(t, store, rating.Sample{Seed: 1})
	for i, id := range ids {
		v := &turncoat.Verdict{Outcome: benign}
		if i%4 == 0 {
			v.Flags = []string{"look"}
		}
		must(t, store.SaveJudgement(t.Context(), turncoat.Judgement{Trial: id, Judge: "rules/2", At: start, Verdict: v}))
	}
	for _, id := range []turncoat.TrialID{ids[0], ids[1], ids[4]} {
		say(t, store, id, "human:ann", 1, benign)
	}
	_, people, err := rating.Cases(t.Context(), store, world, "fixture", "")
	must(t, err)
	if people.Rated != (calibration.Flagged{Trials: 3, Flagged: 2}) || people.Others != (calibration.Flagged{Trials: 9, Flagged: 1}) {
		t.Errorf("%+v", people)
	}
}

// Ratings are in the plan's order, whoever gave them first, and all of them can be
// had, what was adjudicated last.
func TestAllRatings(t *testing.T) {
	store := fixture(t)
	ids := slices.Sorted(slices.Values(draw(t, store, rating.Sample{Seed: 1})))
	say(t, store, ids[3], "human:ann", 1, harmful)
	say(t, store, ids[0], "human:bob", 1, benign)
	say(t, store, ids[3], "human:bob", 1, benign)
	say(t, store, ids[3], judge.Adjudicated, 2, benign)
	r, err := rating.ReadRatings(t.Context(), store, "fixture")
	must(t, err)
	var planned, got []turncoat.TrialID
	for record, err := range store.Records(t.Context(), "fixture", "") {
		must(t, err)
		if record.ID == ids[0] || record.ID == ids[3] {
			planned = append(planned, record.ID)
		}
	}
	var who []string
	for _, one := range r.All() {
		if len(got) == 0 || got[len(got)-1] != one.Judgement.Trial {
			got = append(got, one.Judgement.Trial)
		}
		if one.Judgement.Trial == ids[3] {
			who = append(who, one.Judgement.Judge)
		}
		if one.Trial.ID() != one.Judgement.Trial {
			t.Errorf("a rating of %s stands with the trial %s", one.Judgement.Trial, one.Trial.ID())
		}
	}
	if !slices.Equal(got, planned) || !slices.Equal(who, []string{"human:ann", "human:bob", judge.Adjudicated}) {
		t.Errorf("%v, planned as %v; by %v", got, planned, who)
	}
}

// A validation is outdated as soon as people say more of the study's trials than it was
// made of, or something else; with a rater named, as soon as he does, or what concerns
// him is adjudicated.
func TestIsCurrent(t *testing.T) {
	store := fixture(t)
	ids := draw(t, store, rating.Sample{Seed: 1})
	say(t, store, ids[0], "human:ann", 1, harmful)
	say(t, store, ids[1], "human:ann", 1, benign)
	say(t, store, ids[1], "human:bob", 1, benign)
	peopleOf := func(rater string) *calibration.People {
		_, people, err := rating.Cases(t.Context(), store, world, "fixture", rater)
		must(t, err)
		return people
	}
	all, ann := peopleOf(""), peopleOf("ann")
	current := func(p *calibration.People) bool {
		is, err := rating.IsCurrent(t.Context(), store, "fixture", p)
		must(t, err)
		return is
	}
	for _, c := range []struct {
		what     string
		say      func()
		all, ann bool
	}{
		{"nothing more", func() {}, true, true},
		{"the same by another", func() { say(t, store, ids[0], "human:cat", 2, harmful) }, true, true},
		{"another trial by another", func() { say(t, store, ids[2], "human:cat", 2, harmful) }, false, true},
		{"something else by another", func() { say(t, store, ids[1], "human:cat", 2, harmful) }, false, true},
		{"adjudicated against her", func() { say(t, store, ids[1], judge.Adjudicated, 3, harmful) }, false, false},
	} {
		c.say()
		if current(all) != c.all || current(ann) != c.ann {
			t.Errorf("%s: of all %v, of ann %v", c.what, current(all), current(ann))
		}
	}
	if !current(peopleOf("")) || !current(peopleOf("ann")) {
		t.Error("what is measured again is not current")
	}
	for _, p := range []*calibration.People{{Rater: "zoe", Digest: all.Digest}, {}} {
		if current(p) {
			t.Errorf("%+v is current", p)
		}
	}
}
