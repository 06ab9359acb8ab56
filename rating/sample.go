package rating

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"turncoat"
)

// Sample says which finished trials of a study are rated. The same sample of the
// same study is the same for every rater.
type Sample struct {
	Size    int    // trials, or trials of each cell if PerCell; 0: all
	PerCell bool   // of each model in each condition, canonical and fresh worlds apart
	Seed    uint64 // of the draw
	Flagged bool   // only what a person should look at: a judge's verdict is flagged, or judges disagree
}

// Draw returns the sample's trials in the order in which they are shown, which
// tells nothing of models and conditions. A larger sample of the same seed begins
// with, or holds, a smaller one, so it can grow.
func (s Sample) Draw(ctx context.Context, store turncoat.Store, study string) ([]turncoat.TrialID, error) {
	type drawn struct {
		id   turncoat.TrialID
		cell string
		key  [sha256.Size]byte
	}
	var judges []string
	if s.Flagged {
		var err error
		if judges, err = judgesOf(ctx, store, study); err != nil {
			return nil, err
		}
	}
	var all []drawn
	for record, err := range store.Records(ctx, study, "", judges...) {
		if err != nil {
			return nil, err
		}
		if record.Status == turncoat.StatusFinished && (!s.Flagged || isFlagged(record.Annotations)) {
			all = append(all, drawn{record.ID, cellOf(record.Trial), s.key(record.ID)})
		}
	}
	slices.SortFunc(all, func(a, b drawn) int {
		return cmp.Or(slices.Compare(a.key[:], b.key[:]), cmp.Compare(a.id, b.id))
	})
	var ids []turncoat.TrialID
	taken := map[string]int{}
	for _, d := range all {
		if !s.PerCell {
			d.cell = ""
		}
		if s.Size == 0 || taken[d.cell] < s.Size {
			taken[d.cell]++
			ids = append(ids, d.id)
		}
	}
	return ids, nil
}

// key is a trial's place in the draw. It does not depend on which other trials
// there are.
func (s Sample) key(id turncoat.TrialID) [sha256.Size]byte {
	return sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, s.Seed), id...))
}

func cellOf(t turncoat.Trial) string {
	return fmt.Sprint(t.World.Scenario, "\x00", t.World.Version, "\x00", t.Interface, "\x00", t.Model, "\x00", t.World.Condition, "\x00", t.World.Seed != turncoat.CanonicalSeed)
}
