package rating

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"turncoat"
	"turncoat/calibration"
)

// IsCurrent reports whether people still say of a study's trials what a validation was
// made of: of the same trials of its plan, the same. If a rater was named, his word
// is meant.
func IsCurrent(ctx context.Context, store turncoat.Store, study string, people *calibration.People) (bool, error) {
	ratings, err := ReadRatings(ctx, store, study)
	if err != nil {
		return false, err
	}
	one, err := ratings.place(people.Rater)
	if err != nil {
		return false, nil //nolint:nilerr // who has judged no trial of the plan any more says nothing that was said then
	}
	return people.Digest == ratings.digest(one), nil
}

// digest identifies the labels of trials, as [Cases] takes them: by everybody, or by
// the rater in a place.
func (r *Ratings) digest(one int) string {
	sum := sha256.New()
	for _, t := range r.Trials {
		if one != everybody && t.By[one] == nil {
			continue
		}
		outcome := turncoat.Outcome("disputed") // which counts for what is left out
		if says, ok := t.word(one); ok {
			outcome = says.outcome
		}
		fmt.Fprintf(sum, "%s %s\n", t.ID, outcome)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}
