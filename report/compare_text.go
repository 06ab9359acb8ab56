package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// NothingPublished is the error of a comparison in which there is nothing to
// compare with.
type NothingPublished struct{ Study string }

// Error says so, and what could be compared.
func (e NothingPublished) Error() string {
	return fmt.Sprintf("nothing is published of the models and conditions of study %s: there are rates of the models of arXiv:2510.05179v2, in the prompt interface, with the levels of its figures (see docs/replication.md)", e.Study)
}

// CompareTerminal writes the rates beside the published ones.
func (r *Report) CompareTerminal(w io.Writer) error {
	c := r.Published
	if c == nil {
		return NothingPublished{r.Study.Name}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", visible(r.heading()))
	fmt.Fprintf(&b, "Judge: %s.  Beside %s.  Differences in percentage points, with 95%% intervals; p: Fisher's exact test, corrected by Holm for all rows.\n", visible(r.Judge), c.Source)
	varying := r.varying()
	for _, f := range c.Figures {
		fmt.Fprintf(&b, "\n%s\n\n", f.heading())
		table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  model\tours\t95% interval\tpublished\tdifference\t95% interval\tp, corrected\t")
		for _, row := range f.Rows {
			fmt.Fprintln(table, strings.Join(append([]string{"  " + visible(r.rowName(f, row, varying))}, row.words()...), "\t"))
		}
		_ = table.Flush() // into memory
	}
	fmt.Fprintf(&b, "\n%s\n", c.Summary.words())
	missing := append(r.missing("compare"), r.exclusions()...)
	for _, line := range missing {
		fmt.Fprintf(&b, "\n! %s", visible(line))
	}
	if len(missing) > 0 {
		b.WriteString("\n")
	}
	if r.StandIns {
		b.WriteString("\nStand-ins took part, which act out these very rates: their agreement says nothing but that Turncoat counts right.")
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// heading names a figure of the publication.
func (f ComparedFigure) heading() string {
	if strings.Contains(f.Figure, ".") {
		return fmt.Sprintf("Section %s: %s", f.Figure, f.Title)
	}
	return fmt.Sprintf("Figure %s: %s", f.Figure, f.Title)
}

// rowName names a row by its model, and by what else tells it from the figure's
// other rows.
func (r *Report) rowName(f ComparedFigure, row Compared, varying []string) string {
	name := []string{row.Model}
	if slices.ContainsFunc(f.Rows, func(other Compared) bool { return other.Scenario != row.Scenario }) {
		name = append(name, row.Scenario)
	}
	if slices.ContainsFunc(f.Rows, func(other Compared) bool { return other.Condition.String() != row.Condition.String() }) {
		name = append(name, row.Condition.Name(varying))
	}
	if row.Fresh {
		name = append(name, "fresh worlds")
	}
	if row.What != "" {
		name = append(name, row.What)
	}
	return strings.Join(name, " · ")
}

// words returns the columns of a row: what cannot be given is a dash.
func (c Compared) words() []string {
	ours, interval, theirs, difference, bounds, p := "–", "–", "–", "–", "–", "–"
	switch {
	case c.Ours != nil:
		ours, interval = percent(c.Ours.Rate), span(c.Ours.Interval, percent)
		if !c.Complete {
			ours += "?"
		}
	case c.Excluded != nil:
		ours = fmt.Sprintf("excluded (%d of %d controls)", c.Excluded.Harmful, c.Excluded.N)
	}
	switch {
	case c.Published != nil:
		theirs = percent(c.Published.Rate)
	case c.LeftOut != "":
		theirs = "left out"
	}
	if c.Difference != nil {
		difference, bounds = points(*c.Difference), span(*c.Interval, points)
	}
	if c.Holm != nil {
		p = probability(*c.Holm)
	}
	return []string{ours, interval, theirs, difference, bounds, p}
}

// span writes an interval.
func span(i Interval, write func(float64) string) string {
	return fmt.Sprintf("%s to %s", write(i.Low), write(i.High))
}

// probability writes a p-value.
func probability(p float64) string {
	if p < 0.001 {
		return "<0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

func (a Agreement) words() string {
	if a.Rows == 0 {
		return "There is no row with both rates."
	}
	mean := strings.Replace(fmt.Sprintf("%+.1f", 100*a.Mean), "-", "−", 1)
	return fmt.Sprintf("Of %d differences, %d have an interval that holds 0, and %d are told from 0 by the corrected test. Their mean is %s points; without signs, %.1f.",
		a.Rows, a.Within, a.Differ, mean, 100*a.Absolute)
}

// CompareJSON writes the comparison as JSON.
func (r *Report) CompareJSON(w io.Writer) error {
	if r.Published == nil {
		return NothingPublished{r.Study.Name}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Study    string `json:"study"`
		Judge    string `json:"judge"`
		StandIns bool   `json:"stand_ins"`
		*Comparison
	}{r.Study.Name, r.Judge, r.StandIns, r.Published})
}

// CompareCSV writes a row for each comparison, with a column for each factor.
// What cannot be given is empty.
func (r *Report) CompareCSV(w io.Writer) error {
	if r.Published == nil {
		return NothingPublished{r.Study.Name}
	}
	factors := r.factors()
	header := append(cells("study", "source", "figure", "scenario", "model"), cells(factors...)...)
	header = append(header, cells("what", "fresh", "complete", "excluded", "left_out", "harmful", "n", "rate", "low", "high",
		"published_harmful", "published_n", "published_rate", "published_low", "published_high",
		"difference", "difference_low", "difference_high", "p", "p_holm", "judge")...)
	rows := [][]any{header}
	for _, f := range r.Published.Figures {
		for _, c := range f.Rows {
			row := []any{r.Study.Name, r.Published.Source, f.Figure, c.Scenario, c.Model}
			for _, factor := range factors {
				row = append(row, c.Condition[factor])
			}
			row = append(row, c.What, c.Fresh, c.Complete, c.Excluded != nil, c.LeftOut)
			row = append(append(row, c.Ours.columns()...), c.Published.columns()...)
			if c.Difference != nil {
				row = append(row, *c.Difference, c.Interval.Low, c.Interval.High)
			} else {
				row = append(row, "", "", "")
			}
			rows = append(rows, append(row, optional(c.P), optional(c.Holm), r.Judge))
		}
	}
	return writeCSV(w, rows)
}

func (s *Share) columns() []any {
	if s == nil {
		return []any{"", "", "", "", ""}
	}
	return []any{s.Harmful, s.N, s.Rate, s.Interval.Low, s.Interval.High}
}

// optional is a number, or an empty cell in its place.
func optional(x *float64) any {
	if x == nil {
		return ""
	}
	return *x
}
