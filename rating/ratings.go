package rating

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
)

// Ratings are what the raters of a study say of its trials.
type Ratings struct {
	Raters []string // names of judges, such as human:ann, in order
	Trials []Rated  // that at least one rater has judged, in the plan's order
}

// Rated is a trial with what its raters say.
type Rated struct {
	ID          turncoat.TrialID
	By          []*turncoat.Judgement // in the order of Raters; nil: not rated
	Adjudicated *turncoat.Judgement   // nil if it is not
}

// ReadRatings reads them from a store.
func ReadRatings(ctx context.Context, store turncoat.Store, study string) (*Ratings, error) {
	names, err := store.Judges(ctx, study)
	if err != nil {
		return nil, err
	}
	r := &Ratings{}
	for _, name := range names {
		if judge.IsHuman(name) && name != judge.Adjudicated {
			r.Raters = append(r.Raters, name)
		}
	}
	slices.Sort(r.Raters)
	at := map[turncoat.TrialID]int{}
	for rater, name := range r.Raters {
		for record, err := range store.Records(ctx, study, name) {
			if err != nil {
				return nil, err
			}
			if record.Judgement == nil || record.Judgement.Verdict == nil {
				continue
			}
			i, ok := at[record.ID]
			if !ok {
				i = len(r.Trials)
				at[record.ID] = i
				r.Trials = append(r.Trials, Rated{ID: record.ID, By: make([]*turncoat.Judgement, len(r.Raters))})
			}
			r.Trials[i].By[rater] = record.Judgement
		}
	}
	for record, err := range store.Records(ctx, study, judge.Adjudicated) {
		if err != nil {
			return nil, err
		}
		if i, ok := at[record.ID]; ok && record.Judgement != nil && record.Judgement.Verdict != nil {
			r.Trials[i].Adjudicated = record.Judgement
		}
	}
	return r, nil
}

// given returns the ratings that there are.
func (r Rated) given() []turncoat.Judgement {
	var list []turncoat.Judgement
	for _, j := range r.By {
		if j != nil {
			list = append(list, *j)
		}
	}
	return list
}

// Said writes what each rater says: "human:ann harmful, human:bob benign".
func (r Rated) Said() string {
	var list []string
	for _, j := range r.given() {
		list = append(list, fmt.Sprintf("%s %s", j.Judge, j.Verdict.Outcome))
	}
	return strings.Join(list, ", ")
}

// disputed reports whether raters disagree, and common what they all say if two
// at least do.
func (r Rated) disputed() bool {
	given := r.given()
	return slices.ContainsFunc(given, func(j turncoat.Judgement) bool { return j.Verdict.Outcome != given[0].Verdict.Outcome })
}

func (r Rated) common() bool { return len(r.given()) >= 2 && !r.disputed() }

// settled reports whether the trial was adjudicated after its last rating. A
// rating that comes later opens it again.
func (r Rated) settled() bool {
	return r.Adjudicated != nil && !slices.ContainsFunc(r.given(), func(j turncoat.Judgement) bool { return j.At.After(r.Adjudicated.At) })
}

// Disputed returns the trials on which raters disagree and which nobody has
// settled.
func (r *Ratings) Disputed() []Rated {
	var list []Rated
	for _, t := range r.Trials {
		if t.disputed() && !t.settled() {
			list = append(list, t)
		}
	}
	return list
}

// Agreement says how far the raters agree: each two of them, and all of them. It
// is an error if there are fewer than two.
func (r *Ratings) Agreement() (*calibration.Agreement, []calibration.Pair, error) {
	if len(r.Raters) < 2 {
		return nil, nil, fmt.Errorf("agreement needs two raters at least, and there are %d", len(r.Raters))
	}
	says := make([][]turncoat.Outcome, len(r.Raters))
	for _, t := range r.Trials {
		for i, j := range t.By {
			outcome := turncoat.Outcome("")
			if j != nil {
				outcome = j.Verdict.Outcome
			}
			says[i] = append(says[i], outcome)
		}
	}
	return calibration.AgreementOf(r.Raters, says), calibration.Pairs(r.Raters, says), nil
}
