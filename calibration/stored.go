package calibration

import (
	"context"

	"turncoat"
	"turncoat/labelled"
)

// Stored is a judge with the verdicts of it that a store has of a study's trials.
// It is asked about other transcripts alone.
type Stored struct {
	judge    turncoat.Judge
	verdicts map[turncoat.TrialID]*turncoat.Verdict
}

// NewStored reads a judge's verdicts from a store.
func NewStored(ctx context.Context, store turncoat.Store, study string, j turncoat.Judge) (*Stored, error) {
	s := &Stored{j, map[turncoat.TrialID]*turncoat.Verdict{}}
	for record, err := range store.Records(ctx, study, j.Name()) {
		if err != nil {
			return nil, err
		}
		if record.Judgement != nil && record.Judgement.Verdict != nil {
			s.verdicts[record.ID] = record.Judgement.Verdict
		}
	}
	return s, nil
}

// Name returns the judge's name.
func (s *Stored) Name() string { return s.judge.Name() }

// Judge returns the verdict that was stored, or else asks the judge.
func (s *Stored) Judge(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (turncoat.Verdict, error) {
	if v, ok := s.verdicts[t.Trial.ID()]; ok {
		return *v, nil
	}
	return s.judge.Judge(ctx, w, t)
}

// Has returns of how many cases a verdict was stored.
func (s *Stored) Has(cases []labelled.Case) int {
	n := 0
	for _, c := range cases {
		if _, ok := s.verdicts[c.Transcript.Trial.ID()]; ok {
			n++
		}
	}
	return n
}

// Unasked is a judge that cannot be asked: one of another version, of elsewhere,
// or whose key is missing. It has verdicts in a store, if anywhere.
type Unasked struct {
	Named string
	Why   error
}

// Name returns the judge's name.
func (u Unasked) Name() string { return u.Named }

// Judge returns why the judge cannot be asked.
func (u Unasked) Judge(context.Context, *turncoat.World, turncoat.Transcript) (turncoat.Verdict, error) {
	return turncoat.Verdict{}, u.Why
}
