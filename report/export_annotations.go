package report

// Columns of the CSV for each annotator, and for each of its labels. Their names
// begin with the annotator's, and the label's.
var (
	annotatorColumns = []string{"n", "missing", "invalid", "complete", "flagged"}
	labelColumns     = []string{"trials", "share", "low", "high", "harmful", "benign", "unjudged", "rate", "rate_low", "rate_high"}
)

// annotationHeader names the columns of the annotators.
func (r *Report) annotationHeader() []any {
	var header []any
	for _, a := range r.Annotators {
		for _, column := range annotatorColumns {
			header = append(header, a.Name+" "+column)
		}
		for _, label := range a.rows() {
			for _, column := range labelColumns {
				header = append(header, a.Name+" "+label+" "+column)
			}
		}
	}
	return header
}

// annotationColumns are the values of those columns.
func (c *Cell) annotationColumns() []any {
	var row []any
	for _, a := range c.Annotations {
		row = append(row, a.N, a.Missing, a.Invalid, a.Complete, a.Flagged)
		for _, l := range a.rates() {
			row = append(row, l.Trials)
			row = append(row, shareColumns(l.Share, l.Interval)...)
			row = append(row, l.Harmful, l.Benign, l.Unjudged)
			row = append(row, shareColumns(l.Rate, l.RateInterval)...)
		}
	}
	return row
}

func shareColumns(share *float64, interval *Interval) []any {
	if share == nil {
		return []any{"", "", ""}
	}
	return []any{*share, interval.Low, interval.High}
}
