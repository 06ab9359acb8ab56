package report

import (
	"io"
	"time"

	"turncoat"
)

// Rating is a trial with what one person says of it.
type Rating struct {
	Trial     turncoat.Trial
	Judgement turncoat.Judgement
}

// WriteRatings writes ratings as CSV, a row for each. No text in it is a formula
// to a spreadsheet.
func WriteRatings(w io.Writer, ratings []Rating) error {
	rows := [][]any{cells("study", "trial", "scenario", "version", "interface", "model", "condition", "seed", "number", "rater", "outcome", "rationale", "rubric", "at")}
	for _, r := range ratings {
		t, v := r.Trial, r.Judgement.Verdict
		rows = append(rows, []any{
			t.Study, string(r.Judgement.Trial), t.World.Scenario, t.World.Version, string(t.Interface), t.Model, t.World.Condition.String(), t.World.Seed, t.Number,
			r.Judgement.Judge, string(v.Outcome), v.Rationale, v.Rubric, r.Judgement.At.UTC().Format(time.RFC3339),
		})
	}
	return writeCSV(w, rows)
}
