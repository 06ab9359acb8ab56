package report

import (
	"slices"

	"turncoat"
	"turncoat/published"
	"turncoat/stats"
)

// Comparison is a study's rates beside those that were published of the same
// models in the same conditions.
type Comparison struct {
	Source      string           `json:"source" jsonschema:"the publication"`
	Figures     []ComparedFigure `json:"figures" jsonschema:"its figures and sections that the study has rates of"`
	Unpublished []Compared       `json:"unpublished" jsonschema:"the study's other cells, of which nothing is published"`
	Summary     Agreement        `json:"summary"`
}

// ComparedFigure is a figure or section of the publication.
type ComparedFigure struct {
	Figure string     `json:"figure" jsonschema:"its number"`
	Title  string     `json:"title"`
	Rows   []Compared `json:"rows"`
}

// Compared is one rate of the study beside the published one.
type Compared struct {
	Scenario   string             `json:"scenario"`
	Model      string             `json:"model" jsonschema:"as the study names it"`
	Condition  turncoat.Condition `json:"condition"`
	Fresh      bool               `json:"fresh" jsonschema:"whether in fresh worlds; the published rates are of one world"`
	What       string             `json:"what,omitempty" jsonschema:"what is compared, where it is not the rate of harm in all of the trials"`
	Ours       *Share             `json:"ours" jsonschema:"null without a rate"`
	Complete   bool               `json:"complete" jsonschema:"whether every planned trial of ours has a verdict"`
	Excluded   *Excluded          `json:"excluded,omitempty" jsonschema:"why the model has no rate of ours in this scenario"`
	Published  *Share             `json:"published" jsonschema:"null where the publication leaves the model out"`
	LeftOut    string             `json:"left_out,omitempty" jsonschema:"why the publication leaves the model out"`
	Difference *float64           `json:"difference,omitempty" jsonschema:"ours minus published"`
	Interval   *Interval          `json:"interval,omitempty" jsonschema:"of the difference; not corrected for the number of rows"`
	P          *float64           `json:"p,omitempty" jsonschema:"two-sided p-value of Fisher's exact test that both rates are equal; left out over fresh worlds, whose trials are not independent"`
	Holm       *float64           `json:"p_holm,omitempty" jsonschema:"the p-value corrected for all rows that have one (Holm)"`

	cell    int // in Report.Cells
	planned int // trials of the cell
}

// Share is a rate with what it rests on.
type Share struct {
	Count    int      `json:"count" jsonschema:"harmful trials, or those of which what is compared holds"`
	N        int      `json:"n" jsonschema:"trials that the rate rests on"`
	Rate     float64  `json:"rate"`
	Interval Interval `json:"interval"`
}

// Agreement says in numbers how near a study's rates are to the published ones.
type Agreement struct {
	Rows     int     `json:"rows" jsonschema:"rows with both rates"`
	Within   int     `json:"within" jsonschema:"rows in which the interval of the difference holds 0"`
	Differ   int     `json:"differ" jsonschema:"rows whose corrected p-value is below 0.05"`
	Mean     float64 `json:"mean" jsonschema:"mean of ours minus published"`
	Absolute float64 `json:"absolute" jsonschema:"mean of the absolute differences"`
}

// compare holds the report against what is published, and returns nil if nothing
// is published of any of its cells.
func (r *Report) compare() *Comparison {
	citation, _ := published.Source(published.Lynch2025) // which there is
	c := &Comparison{Source: citation, Unpublished: []Compared{}}
	for _, f := range r.publishedFigures() {
		figure := ComparedFigure{Figure: f.number, Title: published.Title(f.number)}
		for _, match := range f.matches {
			figure.Rows = append(figure.Rows, r.newCompared(match))
		}
		c.Figures = append(c.Figures, figure)
	}
	c.Figures = append(c.Figures, r.comparedBeliefs()...)
	if len(c.Figures) == 0 {
		return nil
	}
	c.Unpublished = append(c.Unpublished, r.unpublished(c)...)
	c.correct()
	c.summarise()
	return c
}

// unpublished returns the cells that no figure of a comparison has a row of.
func (r *Report) unpublished(c *Comparison) []Compared {
	compared := map[int]bool{}
	c.each(func(row *Compared) { compared[row.cell] = true })
	var rows []Compared
	for i := range r.Cells {
		if !compared[i] {
			rows = append(rows, r.newCompared(match{cell: i}))
		}
	}
	return rows
}

// match is a cell with what is published of it.
type match struct {
	cell    int // in Report.Cells
	rate    *published.Rate
	leftOut string
}

// publishedFigure is a figure with the report's cells that belong to it.
type publishedFigure struct {
	number  string
	size    int // rates that the figure has
	matches []match
}

// publishedFigures sorts the report's cells into the figures of the publication.
// A rate that several figures show belongs to the one that the report has most
// rates of: a study of figure 7 has one of figure 12, and is none.
func (r *Report) publishedFigures() []publishedFigure {
	all := r.matchFigures()
	figures := slices.Clone(all)
	for i, f := range all {
		figures[i].matches = slices.DeleteFunc(slices.Clone(f.matches), func(m match) bool {
			return slices.ContainsFunc(all, func(other publishedFigure) bool {
				return other.number != f.number && preferred(other, f) &&
					slices.ContainsFunc(other.matches, func(o match) bool { return o.cell == m.cell })
			})
		})
	}
	return slices.DeleteFunc(figures, func(f publishedFigure) bool { return len(f.matches) == 0 })
}

// preferred reports whether a cell that is in both figures belongs to the first.
func preferred(a, b publishedFigure) bool {
	if len(a.matches) != len(b.matches) {
		return len(a.matches) > len(b.matches)
	}
	return a.size > b.size
}

// matchFigures lists all figures in the order of the publication, each with all
// cells that it shows.
func (r *Report) matchFigures() []publishedFigure {
	cells, places := r.byCell(), map[published.Cell][]int{} // of the report's cells
	for i, c := range cells {
		if c.known {
			places[c.cell] = append(places[c.cell], i)
		}
	}
	var figures []publishedFigure
	at := func(number string) *publishedFigure {
		i := slices.IndexFunc(figures, func(f publishedFigure) bool { return f.number == number })
		if i < 0 {
			i = len(figures)
			figures = append(figures, publishedFigure{number: number})
		}
		return &figures[i]
	}
	for _, rate := range published.Rates() {
		if rate.Source != published.Lynch2025 {
			continue
		}
		f := at(rate.Figure)
		f.size++
		for _, cell := range places[rate.Cell] {
			f.matches = append(f.matches, match{cell: cell, rate: &rate})
		}
	}
	for _, e := range published.Exclusions() {
		f := at(e.Figure)
		for cell, c := range cells {
			// A figure that leaves models out shows the others in one condition.
			if c.known && c.cell.Model == e.Model && slices.ContainsFunc(f.matches, func(m match) bool { return m.rate != nil && sameSetting(m.rate.Cell, c.cell) }) {
				f.matches = append(f.matches, match{cell: cell, leftOut: e.Why})
			}
		}
	}
	return figures
}

func sameSetting(a, b published.Cell) bool {
	a.Model = b.Model
	return a == b
}

// publishedCell is where a cell of the report belongs in the publications.
type publishedCell struct {
	cell  published.Cell
	known bool
}

// byCell returns for each cell of the report where it belongs.
func (r *Report) byCell() []publishedCell {
	cells := make([]publishedCell, len(r.Cells))
	for i, c := range r.Cells {
		if c.Interface == turncoat.InterfacePrompt {
			cells[i].cell, cells[i].known = published.CellOfTrial(c.Scenario, c.Model, c.Condition)
		}
	}
	return cells
}

func (r *Report) newCompared(m match) Compared {
	cell := r.Cells[m.cell]
	row := Compared{
		Scenario: cell.Scenario, Model: cell.Model, Condition: cell.Condition, Fresh: cell.Fresh,
		Complete: cell.Complete, Excluded: cell.Excluded, LeftOut: m.leftOut, cell: m.cell, planned: cell.Planned,
	}
	if cell.Rate != nil {
		row.Ours = &Share{cell.Harmful, cell.N(), *cell.Rate, *cell.Interval}
	}
	if m.rate != nil {
		harmful, n := m.rate.Harmful(), m.rate.Samples
		row.Published = &Share{harmful, n, m.rate.Rate, wilson(harmful, n)}
	}
	row.differ()
	return row
}

// differ works out the difference of a row's two shares, if it has both.
func (row *Compared) differ() {
	if row.Ours == nil || row.Published == nil {
		return
	}
	difference := row.Ours.Rate - row.Published.Rate
	interval := between(*row.Ours, *row.Published)
	row.Difference, row.Interval = &difference, &interval
	if !row.Fresh {
		p := stats.Fisher(row.Ours.Count, row.Ours.N, row.Published.Count, row.Published.N)
		row.P = &p
	}
}

// between returns the interval of one share minus another, from the interval of
// each.
func between(a, b Share) Interval {
	d := stats.Hybrid(a.Rate, a.Interval.bounds(), b.Rate, b.Interval.bounds())
	return Interval{d.Low, d.High, Confidence, "Newcombe hybrid score"}
}

// each calls a function for every row.
func (c *Comparison) each(do func(*Compared)) {
	for i := range c.Figures {
		for j := range c.Figures[i].Rows {
			do(&c.Figures[i].Rows[j])
		}
	}
}

// correct corrects the p-values for how many there are.
func (c *Comparison) correct() {
	var tested []*Compared
	var p []float64
	c.each(func(row *Compared) {
		if row.P != nil {
			tested = append(tested, row)
			p = append(p, *row.P)
		}
	})
	for i, holm := range stats.Holm(p) {
		tested[i].Holm = &holm
	}
}

// significant is the level that corrected p-values are held against.
const significant = 0.05

func (c *Comparison) summarise() {
	s := &c.Summary
	c.each(func(row *Compared) {
		if row.Difference == nil {
			return
		}
		s.Rows++
		s.Mean += *row.Difference
		s.Absolute += max(*row.Difference, -*row.Difference)
		if row.Interval.Low <= 0 && row.Interval.High >= 0 {
			s.Within++
		}
		if row.Holm != nil && *row.Holm < significant {
			s.Differ++
		}
	})
	if s.Rows > 0 {
		s.Mean /= float64(s.Rows)
		s.Absolute /= float64(s.Rows)
	}
}
