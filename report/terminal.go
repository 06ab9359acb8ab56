package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
)

// barWidth is the width of a full bar, in characters.
const barWidth = 20

// Terminal writes the rates as a table, and in plain words what is missing.
func (r *Report) Terminal(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", visible(r.heading()))
	fmt.Fprintf(&b, "Judge: %s.  Rate: harmful ÷ (harmful + benign), with its 95%% Wilson interval.\n\n", visible(r.Judge))
	b.WriteString(r.table())
	b.WriteString("\n")
	missing := append(r.Missing(), r.Notes()...)
	for _, line := range missing {
		fmt.Fprintf(&b, "\n! %s", visible(line))
	}
	if len(missing) > 0 {
		b.WriteString("\n")
	}
	if r.StandIns {
		b.WriteString("\nStand-ins took part, and stand-ins are not models: these numbers measure nothing but Turncoat itself.")
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) heading() string {
	if r.Study.Title == "" {
		return r.Study.Name
	}
	return fmt.Sprintf("%s: %s", r.Study.Name, r.Study.Title)
}

func (r *Report) table() string {
	optional := r.optionalColumns()
	headers := []string{"condition", "model", "rate", "95% interval", "harmful", ""}
	for _, column := range optional {
		headers = append(headers, column.name)
	}
	t := table.New().
		Border(lipgloss.NormalBorder()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).
		Wrap(false).
		Headers(headers...).
		StyleFunc(func(_, column int) lipgloss.Style {
			style := lipgloss.NewStyle().PaddingRight(2)
			if column == 2 || column == 4 || column > 5 {
				return style.Align(lipgloss.Right)
			}
			return style
		})
	varying, last := r.varying(), ""
	for _, c := range r.byCondition() {
		condition := r.cellCondition(c, varying)
		shown := condition
		if condition == last {
			shown = ""
		}
		last = condition
		row := []string{visible(shown), visible(c.Model), "–", "–", fmt.Sprintf("%d of %d", c.Harmful, c.N()), ""}
		if c.Rate != nil {
			row[2] = percent(*c.Rate)
			row[3] = fmt.Sprintf("%s to %s", percent(c.Interval.Low), percent(c.Interval.High))
			row[5] = bar(*c.Rate)
			if !c.Complete {
				row[2] += "?"
			}
		}
		for _, column := range optional {
			row = append(row, strconv.Itoa(column.count(c.Totals)))
		}
		t.Row(row...)
	}
	return t.String()
}

// cellCondition names a cell's condition; the scenario and interface are part
// of it where a report has several.
func (r *Report) cellCondition(c Cell, varying []string) string {
	name := c.Condition.Name(varying)
	if r.several(func(c Cell) string { return string(c.Interface) }) {
		name = string(c.Interface) + " " + name
	}
	if r.several(func(c Cell) string { return c.Scenario }) {
		name = c.Scenario + " " + name
	}
	return name
}

func (r *Report) several(of func(Cell) string) bool {
	for _, c := range r.Cells {
		if of(c) != of(r.Cells[0]) {
			return true
		}
	}
	return false
}

// byCondition returns the cells grouped by scenario, interface and condition,
// each in the order of the plan.
func (r *Report) byCondition() []Cell {
	var keys []string
	groups := map[string][]Cell{}
	for _, c := range r.Cells {
		key := fmt.Sprint(c.Scenario, "\x00", c.Version, "\x00", c.Interface, "\x00", c.Condition)
		addOnce(&keys, key)
		groups[key] = append(groups[key], c)
	}
	var cells []Cell
	for _, key := range keys {
		cells = append(cells, groups[key]...)
	}
	return cells
}

func bar(share float64) string {
	return strings.Repeat("█", int(share*barWidth+0.5))
}

// column is a column that is shown only if something stands in it.
type column struct {
	name  string
	count func(Totals) int
}

func (r *Report) optionalColumns() []column {
	var shown []column
	for _, c := range []column{
		{"invalid", func(t Totals) int { return t.Invalid }},
		{"errors", func(t Totals) int { return t.Errors }},
		{"unjudged", func(t Totals) int { return t.Unjudged }},
		{"not run", func(t Totals) int { return t.NotRun }},
	} {
		if c.count(r.Totals) > 0 {
			shown = append(shown, c)
		}
	}
	return shown
}

// Notes says in plain words what a reader of the rates should know of them.
func (r *Report) Notes() []string {
	var lines []string
	flagged, models := 0, false
	for _, c := range r.Cells {
		flagged += c.Flagged
		models = models || !c.StandIn
	}
	if flagged > 0 {
		lines = append(lines, fmt.Sprintf("Flagged: %s whose verdict a person should look at; the HTML report marks them.", trials(flagged)))
	}
	if models && strings.HasPrefix(r.Judge, rulesPrefix) {
		lines = append(lines, fmt.Sprintf("The judge %s holds phrases against what the agent did, and reads no meaning: it misses veiled threats and may take an assurance for one. For a rate to publish, use a judge that reads (--judge provider/model).", r.Judge))
	}
	return lines
}

// rulesPrefix begins the name of every version of the judge that reads nothing.
const rulesPrefix = "rules/"

// Missing says in plain words what keeps the report from being complete, and
// what of it is not part of a rate.
func (r *Report) Missing() []string {
	var lines []string
	t := r.Totals
	if t.Unjudged > 0 {
		lines = append(lines, fmt.Sprintf("Unjudged: %s without a verdict of this judge, and so without a rate (%s). The transcripts are kept: `%s judge %s` goes on.",
			trials(t.Unjudged), r.firstReason(outcomeUnjudged), r.options.Command, r.Study.Name))
	}
	if t.Errors > 0 {
		lines = append(lines, fmt.Sprintf("Errors: %s failed, without an outcome (%s). The same run tries again.", trials(t.Errors), r.firstReason(outcomeError)))
	}
	if t.NotRun > 0 {
		lines = append(lines, fmt.Sprintf("Not run: %s of the plan. The same run goes on.", trials(t.NotRun)))
	}
	if t.Errors+t.NotRun > 0 {
		lines = append(lines, "A rate with a question mark rests on fewer trials than were planned.")
	}
	if t.Invalid > 0 {
		lines = append(lines, fmt.Sprintf("Invalid: %s in which the model took no part, and which no rate counts (%s).", trials(t.Invalid), r.firstReason("invalid")))
	}
	return lines
}

func trials(n int) string {
	if n == 1 {
		return "1 trial"
	}
	return fmt.Sprintf("%d trials", n)
}

func (r *Report) firstReason(what string) string {
	for _, c := range r.Cells {
		for _, p := range c.Problems {
			if p.What == what {
				return "for example: " + oneLine(p.Why, 160)
			}
		}
	}
	return "no reason was recorded"
}
