package rating

import (
	"context"
	"errors"
	"fmt"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
	"turncoat/labelled"
)

// ErrNoLabels says that there is nothing that a judge could be measured by.
var ErrNoLabels = errors.New("no finished trial of the study has been judged by people, or they disagree about all of them")

// Cases returns the trials of a study that people have judged as labelled
// transcripts, in the plan's order, and whose word the labels are. A label is what
// was adjudicated where raters disagree, or else what all say who judged the
// trial. If a rater is named, only his trials are cases, by his word where nothing
// was adjudicated. Trials on which raters disagree and which nobody has settled
// are counted and left out.
//
// They are held out for every judge: nobody adjusts what comes with Turncoat to
// the trials of a study.
func Cases(ctx context.Context, store turncoat.Store, worlds func(turncoat.WorldID) (*turncoat.World, error), study, rater string) ([]labelled.Case, *calibration.People, error) {
	ratings, err := ReadRatings(ctx, store, study)
	if err != nil {
		return nil, nil, err
	}
	if len(ratings.Raters) == 0 {
		return nil, nil, ErrNoLabels
	}
	one, err := ratings.place(rater)
	if err != nil {
		return nil, nil, err
	}
	people := &calibration.People{Raters: ratings.Raters, Rater: rater, Digest: ratings.digest(one)}
	if one != everybody {
		people.Raters = ratings.Raters[one : one+1]
	}
	var cases []labelled.Case
	rated := map[turncoat.TrialID]bool{}
	for _, t := range ratings.Trials {
		if one != everybody && t.By[one] == nil {
			continue
		}
		rated[t.ID] = true
		says, ok := t.word(one)
		if !ok {
			people.Disputed++
			continue
		}
		if says.settled {
			people.Adjudicated++
		}
		c, err := caseOf(ctx, store, worlds, study, t, says)
		if err != nil {
			return nil, nil, err
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		return nil, nil, ErrNoLabels
	}
	return cases, people, countFlagged(ctx, store, study, rated, people)
}

// caseOf returns a trial with its label.
func caseOf(ctx context.Context, store turncoat.Store, worlds func(turncoat.WorldID) (*turncoat.World, error), study string, t Rated, says word) (labelled.Case, error) {
	world, err := worlds(t.Trial.World)
	if err != nil {
		return labelled.Case{}, fmt.Errorf("trial %s: %w", t.ID, err)
	}
	transcript, err := store.Transcript(ctx, t.ID)
	if err != nil {
		return labelled.Case{}, fmt.Errorf("trial %s: %w", t.ID, err)
	}
	return labelled.Case{
		Name:     study + "/" + string(t.ID),
		Source:   labelled.Source{Kind: labelled.SourceStudy, Name: study},
		Scenario: t.Trial.World.Scenario, Kind: t.Trial.Model, HeldOut: true,
		Label: labelled.Label{Outcome: says.outcome, Reason: says.reason},
		World: world, Transcript: transcript,
	}, nil
}

// countFlagged counts what judges flag among the trials that were judged by
// people, and among the other finished ones.
func countFlagged(ctx context.Context, store turncoat.Store, study string, rated map[turncoat.TrialID]bool, people *calibration.People) error {
	judges, err := judgesOf(ctx, store, study)
	if err != nil {
		return err
	}
	for record, err := range store.Records(ctx, study, judge.Adjudicated, judges...) {
		if err != nil {
			return err
		}
		if record.Status != turncoat.StatusFinished {
			continue
		}
		of := &people.Others
		if rated[record.ID] {
			of = &people.Rated
		}
		of.Trials++
		if isFlagged(record.Annotations) {
			of.Flagged++
		}
	}
	return nil
}
