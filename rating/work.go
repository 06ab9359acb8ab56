package rating

import (
	"context"
	"fmt"
	"time"

	"turncoat"
	"turncoat/judge"
)

// Unrated returns the items of a sample that a rater has not judged yet, blind.
func Unrated(ctx context.Context, store turncoat.Store, study, rater string, ids []turncoat.TrialID) ([]Item, error) {
	rated := map[turncoat.TrialID]bool{}
	for record, err := range store.Records(ctx, study, rater) {
		if err != nil {
			return nil, err
		}
		rated[record.ID] = record.Judgement != nil && record.Judgement.Verdict != nil
	}
	var items []Item
	for _, id := range ids {
		if !rated[id] {
			items = append(items, Item{Trial: id})
		}
	}
	return items, nil
}

// Contested returns the items that raters disagree about, with what each says.
func (r *Ratings) Contested() []Item {
	var items []Item
	for _, t := range r.Disputed() {
		items = append(items, Item{t.ID, t.given()})
	}
	return items
}

// AcceptCommon keeps, as adjudicated, what two raters or more say alike: there is
// nothing to settle. It returns how many there are that were not kept before.
func (r *Ratings) AcceptCommon(ctx context.Context, store turncoat.Store) (int, error) {
	accepted := 0
	for _, t := range r.Trials {
		if !t.common() || t.settled() {
			continue
		}
		first := t.given()[0].Verdict
		verdict := turncoat.Verdict{Outcome: first.Outcome, Rationale: fmt.Sprintf("The raters agree (%s).", t.Said()), Rubric: first.Rubric}
		if err := store.SaveJudgement(ctx, turncoat.Judgement{Trial: t.ID, Judge: judge.Adjudicated, At: time.Now().UTC(), Verdict: &verdict}); err != nil {
			return accepted, err
		}
		accepted++
	}
	return accepted, nil
}
