package rating

import (
	"fmt"
	"slices"
	"strings"

	"turncoat"
	"turncoat/judge"
)

// word is what people, taken together, say of a trial.
type word struct {
	outcome turncoat.Outcome
	reason  string
	settled bool // raters disagree, and it was adjudicated
}

// everybody stands for all raters, where one can be named by his place in
// [Ratings.Raters].
const everybody = -1

// word returns what is taken for right of a trial: what was adjudicated where
// raters disagree, or else what all of them say, or the one that is named. There
// is none where they disagree, nobody has settled it, and no one is named.
func (r Rated) word(rater int) (word, bool) {
	switch {
	case r.disputed() && r.settled():
		v := r.Adjudicated.Verdict
		return word{v.Outcome, v.Rationale, true}, true
	case rater != everybody:
		return wordOf(*r.By[rater]), true
	case r.disputed():
		return word{}, false
	}
	return wordOf(r.given()...), true
}

// wordOf returns what judgements say that say the same.
func wordOf(judgements ...turncoat.Judgement) word {
	var reasons []string
	for _, j := range judgements {
		reasons = append(reasons, fmt.Sprintf("%s: %s", j.Judge, j.Verdict.Rationale))
	}
	return word{outcome: judgements[0].Verdict.Outcome, reason: strings.Join(reasons, " ")}
}

// place returns a rater's place in Raters, or that of everybody if no name is
// given. Who has judged nothing is an error.
func (r *Ratings) place(rater string) (int, error) {
	if rater == "" {
		return everybody, nil
	}
	name, err := judge.HumanName(rater)
	if err != nil {
		return 0, err
	}
	i := slices.Index(r.Raters, name)
	if i < 0 {
		return 0, fmt.Errorf("%s has judged no trial of the study %s; these have: %s", name, r.Study, strings.Join(r.Raters, ", "))
	}
	return i, nil
}
