package rating

import (
	"context"
	"slices"

	"turncoat"
	"turncoat/judge"
)

// judgesOf returns the names of a study's judges that are no people.
func judgesOf(ctx context.Context, store turncoat.Store, study string) ([]string, error) {
	asked, err := store.Judges(ctx, study)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(asked, func(name string) bool {
		_, isAnnotator := judge.SchemeOf(name)
		return isAnnotator || judge.IsHuman(name)
	}), nil
}

// isFlagged reports whether a person should look at a trial, by what judges say of
// it: one of them flagged its verdict, or they disagree.
func isFlagged(judgements []*turncoat.Judgement) bool {
	var given []*turncoat.Judgement
	for _, j := range judgements {
		if j == nil || j.Verdict == nil {
			continue
		}
		if len(j.Verdict.Flags) > 0 {
			return true
		}
		given = append(given, j)
	}
	for i, a := range given {
		for _, b := range given[:i] {
			if a.Verdict.Outcome != b.Verdict.Outcome && judge.Disputes(a.Judge, b.Judge) {
				return true
			}
		}
	}
	return false
}
