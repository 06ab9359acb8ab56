package rating

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
	"turncoat/report"
)

// Ratings are what the raters of a study say of its trials.
type Ratings struct {
	Study  string
	Raters []string // names of judges, such as human:ann, in order
	Trials []Rated  // that at least one rater has judged, in the plan's order
}

// Rated is a trial with what its raters say.
type Rated struct {
	ID          turncoat.TrialID
	Trial       turncoat.Trial
	By          []*turncoat.Judgement // in the order of Raters; nil: not rated
	Adjudicated *turncoat.Judgement   // nil if it is not
}

// ReadRatings reads them from a store.
func ReadRatings(ctx context.Context, store turncoat.Store, study string) (*Ratings, error) {
	names, err := store.Judges(ctx, study)
	if err != nil {
		return nil, err
	}
	r := &Ratings{Study: study}
	for _, name := range names {
		if judge.IsHuman(name) && name != judge.Adjudicated {
			r.Raters = append(r.Raters, name)
		}
	}
	slices.Sort(r.Raters)
	for record, err := range store.Records(ctx, study, judge.Adjudicated, r.Raters...) {
		if err != nil {
			return nil, err
		}
		t := Rated{ID: record.ID, Trial: record.Trial, By: record.Annotations}
		for i, j := range t.By {
			t.By[i] = withVerdict(j)
		}
		t.Adjudicated = withVerdict(record.Judgement)
		if len(t.given()) > 0 {
			r.Trials = append(r.Trials, t)
		}
	}
	return r, nil
}

// withVerdict returns a judgement that has a verdict, and nil in the place of any
// other.
func withVerdict(j *turncoat.Judgement) *turncoat.Judgement {
	if j == nil || j.Verdict == nil {
		return nil
	}
	return j
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

// All returns every rating, in the plan's order, and after those of a trial what
// was adjudicated of it.
func (r *Ratings) All() []report.Rating {
	var all []report.Rating
	for _, t := range r.Trials {
		for _, j := range t.given() {
			all = append(all, report.Rating{Trial: t.Trial, Judgement: j})
		}
		if t.Adjudicated != nil {
			all = append(all, report.Rating{Trial: t.Trial, Judgement: *t.Adjudicated})
		}
	}
	return all
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

// settled reports whether the trial was adjudicated. A rating that comes later and
// says something else opens it again.
func (r Rated) settled() bool {
	return r.Adjudicated != nil && !slices.ContainsFunc(r.given(), func(j turncoat.Judgement) bool {
		return j.At.After(r.Adjudicated.At) && j.Verdict.Outcome != r.Adjudicated.Verdict.Outcome
	})
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
func (r *Ratings) Agreement() (report.Raters, error) {
	if len(r.Raters) < 2 {
		return report.Raters{}, fmt.Errorf("agreement needs two raters at least, and there are %d", len(r.Raters))
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
	all := calibration.AgreementOf(r.Raters, says)
	all.Study = r.Study
	return report.Raters{Agreement: all, Pairs: calibration.Pairs(r.Raters, says)}, nil
}
