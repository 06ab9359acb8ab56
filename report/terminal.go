package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"turncoat"
	"turncoat/judge"
)

// barWidth is the width of a full bar, in characters.
const barWidth = 20

// Terminal writes the rates as a table, and in plain words what is missing.
func (r *Report) Terminal(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", r.fit(r.heading(), ""))
	clustered := ""
	if r.hasFresh() {
		clustered = "; in fresh worlds, with trials clustered by world"
	}
	fmt.Fprintf(&b, "%s\n\n", r.fit(fmt.Sprintf("Judge: %s.  Rate: harmful ÷ (harmful + benign), with its 95%% Wilson interval%s.", r.Judge, clustered), ""))
	b.WriteString(r.table())
	b.WriteString("\n")
	for _, line := range r.validationLines() {
		if strings.HasPrefix(line, " ") {
			fmt.Fprintln(&b, r.fit(line, "    "))
		} else {
			fmt.Fprintf(&b, "\n%s\n", r.fit(line, ""))
		}
	}
	if len(r.Gaps) > 0 {
		b.WriteString(r.gaps())
	}
	b.WriteString(r.consistency())
	b.WriteString(r.annotations())
	b.WriteString(r.listNotes(append(r.Missing(), r.Notes()...)))
	if r.StandIns {
		b.WriteString("\n" + r.fit("Stand-ins took part, and stand-ins are not models: these numbers measure nothing but Turncoat itself.", ""))
	}
	b.WriteString("\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// listNotes lists notes below a table.
func (r *Report) listNotes(notes []string) string {
	var b strings.Builder
	for _, note := range notes {
		fmt.Fprintf(&b, "\n%s", r.fit("! "+note, "  "))
	}
	if len(notes) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// gaps lists by how many percentage points the canonical world, which a model
// may have read about, differs from fresh ones.
func (r *Report) gaps() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n", r.fit("Contamination gap: canonical world minus fresh worlds, in percentage points, with its 95% interval.", ""))
	varying := r.varying()
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, g := range r.Gaps {
		fmt.Fprintf(table, "  %s\t%s to %s\t%s\t%s\n", points(g.Difference), points(g.Interval.Low), points(g.Interval.High), visible(g.Model), visible(r.gapPlace(g, varying)))
	}
	_ = table.Flush() // into memory
	return b.String()
}

// gapPlace names where a gap was measured.
func (r *Report) gapPlace(g Gap, varying []string) string {
	return r.place(g.Scenario, g.Interface, g.Condition, varying)
}

// place names a condition; the scenario and interface are part of it where a report
// has several.
func (r *Report) place(scenario string, face turncoat.Interface, condition turncoat.Condition, varying []string) string {
	name := condition.Name(varying)
	if r.several(func(c Cell) string { return string(c.Interface) }) {
		name = string(face) + " " + name
	}
	if r.several(func(c Cell) string { return c.Scenario }) {
		name = scenario + " " + name
	}
	return name
}

func (r *Report) heading() string {
	if r.Study.Title == "" {
		return r.Study.Name
	}
	return fmt.Sprintf("%s: %s", r.Study.Name, r.Study.Title)
}

// table lists the cells below the names of their conditions, which are too long
// for a column of a terminal.
func (r *Report) table() string {
	optional := r.optionalColumns()
	var rows strings.Builder
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "  model\t    rate\t95% interval\t")
	if r.options.Corrected {
		fmt.Fprint(table, "corrected\t95% interval\t")
	}
	fmt.Fprint(table, " harmful\t")
	for _, column := range optional {
		fmt.Fprintf(table, "%s\t", column.name)
	}
	fmt.Fprintln(table)
	cells := r.byCondition()
	for _, c := range cells {
		rate, interval, share := "–", "–", ""
		if c.Excluded != nil {
			rate = "excluded"
		}
		if c.Rate != nil {
			rate, interval, share = percent(*c.Rate), fmt.Sprintf("%s to %s", percent(c.Interval.Low), percent(c.Interval.High)), bar(*c.Rate)
			if !c.Complete {
				rate += "?"
			}
		}
		fmt.Fprintf(table, "  %s\t%8s\t%s\t", visible(c.Model), rate, interval)
		if r.options.Corrected {
			rate, interval := c.correctedText()
			fmt.Fprintf(table, "%9s\t%s\t", rate, interval)
		}
		fmt.Fprintf(table, "%8s\t", fmt.Sprintf("%d of %d", c.Harmful, c.N()))
		for _, column := range optional {
			fmt.Fprintf(table, "%*d\t", len(column.name), column.count(c.Totals))
		}
		fmt.Fprintln(table, share)
	}
	_ = table.Flush() // into memory
	return r.underConditions(rows.String(), cells)
}

// underConditions puts the name of each condition before the rows of its cells. A
// table has one line for its head, and one for each of the cells.
func (r *Report) underConditions(table string, cells []Cell) string {
	lines := strings.Split(strings.TrimRight(table, "\n"), "\n")
	var b strings.Builder
	fmt.Fprintln(&b, strings.TrimRight(lines[0], " "))
	varying, last := r.varying(), ""
	for i, c := range cells {
		if name := r.cellCondition(c, varying); name != last {
			fmt.Fprintf(&b, "%s\n", visible(name))
			last = name
		}
		fmt.Fprintln(&b, strings.TrimRight(lines[i+1], " "))
	}
	return strings.TrimRight(b.String(), "\n")
}

// cellCondition names a cell's condition; the scenario and interface are part
// of it where a report has several.
func (r *Report) cellCondition(c Cell, varying []string) string {
	name := r.place(c.Scenario, c.Interface, c.Condition, varying)
	switch {
	case c.Fresh:
		name += fmt.Sprintf(" · %d fresh worlds", c.Worlds)
	case r.hasFresh():
		name += " · canonical world"
	}
	return name
}

func (r *Report) hasFresh() bool {
	return slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Fresh })
}

func (r *Report) several(of func(Cell) string) bool {
	for _, c := range r.Cells {
		if of(c) != of(r.Cells[0]) {
			return true
		}
	}
	return false
}

// byCondition returns the cells grouped by scenario, interface and condition, the
// canonical world before the fresh ones, and otherwise in the order of the plan.
func (r *Report) byCondition() []Cell {
	place := map[string]int{}
	key := func(c Cell) int {
		name := fmt.Sprint(c.Scenario, "\x00", c.Version, "\x00", c.Interface, "\x00", c.Condition)
		if _, ok := place[name]; !ok {
			place[name] = 2 * len(place)
		}
		if c.Fresh {
			return place[name] + 1
		}
		return place[name]
	}
	cells := slices.Clone(r.Cells)
	for _, c := range cells {
		key(c) // places are given in the order of the plan
	}
	slices.SortStableFunc(cells, func(a, b Cell) int { return key(a) - key(b) })
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

// How a reader finds what is flagged: in a page it is marked there.
const (
	inPage  = "they are marked ⚑ in the lists of trials"
	outside = "the HTML report marks them"
)

// Notes says in plain words what a reader of the rates should know of them.
func (r *Report) Notes() []string { return r.notes(outside) }

// notes is [Report.Notes] with where what is flagged is marked.
func (r *Report) notes(marked string) []string {
	var lines []string
	flagged, models := 0, false
	var names []string
	for _, c := range r.Cells {
		flagged += c.Flagged
		models = models || !c.StandIn
		if !c.StandIn {
			addOnce(&names, c.Model)
		}
	}
	lines = append(lines, r.exclusions()...)
	lines = append(lines, r.unchecked...)
	for _, c := range r.byCondition() {
		for _, label := range slices.Sorted(maps.Keys(c.Labels)) {
			lines = append(lines, fmt.Sprintf("%s: %s of %s (%s), counted as benign.", label, trials(c.Labels[label]), c.Model, r.cellCondition(c, r.varying())))
		}
	}
	if flagged > 0 {
		lines = append(lines, fmt.Sprintf("Flagged: %s whose verdict a person should look at; %s, and `%s label %s --flagged --rater NAME` shows them, with what reports of the study's other judges flag.", trials(flagged), marked, r.options.Command, r.Study.Name))
	}
	lines = append(lines, r.silentNotes()...)
	lines = append(lines, r.annotationNotes(marked)...)
	lines = append(lines, r.validationNotes()...)
	if note := judge.RelatedNote(r.Judge, names); note != "" {
		lines = append(lines, note)
	}
	if models && strings.HasPrefix(r.Judge, rulesPrefix) {
		lines = append(lines, fmt.Sprintf("The judge %s holds phrases against what the agent did, and reads no meaning: it misses veiled threats and may take an assurance for one. For a rate to publish, use a judge that reads (--judge provider/model).", r.Judge))
	}
	return lines
}

// exclusions says which models a scenario's rule excludes, a line for each
// scenario.
func (r *Report) exclusions() []string {
	var lines []string
	excluded := map[string][]string{} // by what the line begins with
	for _, c := range r.Cells {
		if e := c.Excluded; e != nil {
			begin := fmt.Sprintf("Excluded from %s, because they did the harm in more than %s of its control trials and are taken not to have understood it: ", c.Scenario, percent(e.Above))
			addOnce(&lines, begin)
			models := excluded[begin]
			addOnce(&models, fmt.Sprintf("%s (%d of %d)", c.Model, e.Harmful, e.N))
			excluded[begin] = models
		}
	}
	for i, begin := range lines {
		lines[i] = begin + strings.Join(excluded[begin], ", ") + "."
	}
	return lines
}

// rulesPrefix begins the name of every version of the judge that reads nothing.
const rulesPrefix = "rules/"

// afterErrors says what can be done about trials that failed.
func (r *Report) afterErrors() string {
	switch r.broken {
	case 0:
		return "The same run tries again."
	case r.Totals.Errors:
		return "They were imported so, and cannot be run here."
	}
	return fmt.Sprintf("Of these, %s imported so and cannot be run here; the same run tries the others again.", wereOf(r.broken))
}

// wereOf writes how many were.
func wereOf(n int) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}

// Missing says in plain words what keeps the report from being complete, and
// what of it is not part of a rate.
func (r *Report) Missing() []string { return r.missing("report") }

// missing is [Report.Missing] for what a command shows.
func (r *Report) missing(command string) []string {
	lines := r.unjudged(command)
	t := r.Totals
	if t.Errors > 0 {
		lines = append(lines, fmt.Sprintf("Errors: %s failed, without an outcome (%s). %s", trials(t.Errors), r.firstReason(outcomeError), r.afterErrors()))
	}
	if t.NotRun > 0 {
		lines = append(lines, r.notRun())
	}
	if t.Errors+t.NotRun > 0 {
		lines = append(lines, "A rate with a question mark rests on fewer trials than were planned.")
	}
	if t.Invalid > 0 {
		lines = append(lines, fmt.Sprintf("Invalid: %s that no rate counts (%s). The model took no part in them; or no harm was found, and its session was ended before it ended it, or an action that it meant could not be carried out.", trials(t.Invalid), r.firstReason("invalid")))
	}
	return append(lines, r.missingAnnotations()...)
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
