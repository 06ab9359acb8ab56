package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
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
	fmt.Fprintf(&b, "\n%s\n", r.fit(r.heading(), ""))
	fmt.Fprintln(&b, r.fit(fmt.Sprintf("Judge: %s.  Beside %s.  Differences in percentage points, with 95%% intervals; p: Fisher's exact test, corrected by Holm for all rows.", r.Judge, c.Source), ""))
	varying := r.varying()
	for _, f := range c.Figures {
		fmt.Fprintf(&b, "\n%s\n\n", f.heading())
		table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  model\tours\t95% interval\tpublished\tdifference\t95% interval\tp, corrected\t")
		for _, row := range f.Rows {
			fmt.Fprintln(table, strings.Join(append([]string{"  " + visible(r.rowName(f, row, varying))}, row.words(f.precision())...), "\t"))
		}
		_ = table.Flush() // into memory
	}
	fmt.Fprintf(&b, "\n%s\n", r.fit(c.Summary.words(), ""))
	b.WriteString(r.listNotes(slices.Concat(r.unpublishedNotes(), r.missing("compare"), r.exclusions())))
	if r.StandIns {
		b.WriteString("\n" + r.fit("Stand-ins took part, which act out these very rates: their agreement says nothing but that Turncoat counts right.", ""))
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

// unpublishedNotes says which cells of the study are in no figure, a line for each
// condition.
func (r *Report) unpublishedNotes() []string {
	type place struct {
		name           string
		models, trials int
	}
	var places []place
	varying := r.varying()
	for _, row := range r.Published.Unpublished {
		name := r.cellCondition(r.Cells[row.cell], varying)
		i := slices.IndexFunc(places, func(p place) bool { return p.name == name })
		if i < 0 {
			i = len(places)
			places = append(places, place{name: name})
		}
		places[i].models++
		places[i].trials += row.planned
	}
	var lines []string
	for _, p := range places {
		models := "1 model"
		if p.models > 1 {
			models = fmt.Sprintf("%d models", p.models)
		}
		lines = append(lines, fmt.Sprintf("Nothing published: %s, with %s of %s, stands in no figure. `%s report %s%s` has the rates.",
			p.name, trials(p.trials), models, r.options.Command, r.Study.Name, r.JudgeFlag()))
	}
	return lines
}

// precision is how the numbers of a figure are written.
type precision struct {
	share, difference func(float64) string
}

// precision returns that of the publication: whole percents, or tenths where it
// gives any of the figure's rates in these.
func (f ComparedFigure) precision() precision {
	for _, row := range f.Rows {
		if row.Published != nil && math.Abs(100*row.Published.Rate-math.Round(100*row.Published.Rate)) > 1e-6 {
			return precision{tenths, tenthsOfPoints}
		}
	}
	return precision{percent, points}
}

// tenthsOfPoints writes a difference of shares in tenths of percentage points.
func tenthsOfPoints(difference float64) string {
	text := fmt.Sprintf("%+.1f", 100*difference)
	if text == "+0.0" || text == "-0.0" {
		return "0.0"
	}
	return strings.Replace(text, "-", "−", 1)
}

// words returns the columns of a row: what cannot be given is a dash.
func (c Compared) words(p precision) []string {
	ours, interval, theirs, difference, bounds, corrected := "–", "–", "–", "–", "–", "–"
	switch {
	case c.Ours != nil:
		ours, interval = p.share(c.Ours.Rate), span(c.Ours.Interval, p.share)
		if !c.Complete {
			ours += "?"
		}
	case c.Excluded != nil:
		ours = fmt.Sprintf("excluded (%d of %d controls)", c.Excluded.Harmful, c.Excluded.N)
	}
	switch {
	case c.Published != nil:
		theirs = p.share(c.Published.Rate)
	case c.LeftOut != "":
		theirs = "left out"
	}
	if c.Difference != nil {
		difference, bounds = p.difference(*c.Difference), span(*c.Interval, p.difference)
	}
	if c.Holm != nil {
		corrected = probability(*c.Holm)
	}
	return []string{ours, interval, theirs, difference, bounds, corrected}
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
	return fmt.Sprintf("Of %d differences, %d have an interval that holds 0, and %d are told from 0 by the corrected test. Their mean is %s points; without signs, %.1f.",
		a.Rows, a.Within, a.Differ, tenthsOfPoints(a.Mean), 100*a.Absolute)
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

// CompareCSV writes a row for each comparison, with a column for each factor, and
// one without a figure for each cell of which nothing is published. What cannot be
// given is empty.
func (r *Report) CompareCSV(w io.Writer) error {
	if r.Published == nil {
		return NothingPublished{r.Study.Name}
	}
	factors := r.factors()
	header := append(cells("study", "source", "figure", "scenario", "model"), cells(factors...)...)
	header = append(header, cells("what", "fresh", "complete", "excluded", "left_out", "count", "n", "rate", "low", "high",
		"published_count", "published_n", "published_rate", "published_low", "published_high",
		"difference", "difference_low", "difference_high", "p", "p_holm", "judge")...)
	rows := [][]any{header}
	for _, f := range append(slices.Clone(r.Published.Figures), ComparedFigure{Rows: r.Published.Unpublished}) {
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
	return []any{s.Count, s.N, s.Rate, s.Interval.Low, s.Interval.High}
}

// optional is a number, or an empty cell in its place.
func optional(x *float64) any {
	if x == nil {
		return ""
	}
	return *x
}
