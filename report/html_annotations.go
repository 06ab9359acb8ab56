package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"turncoat"
)

//go:embed annotations.html.tmpl
var annotationsText string

// The sections of the page that show annotations.
var _ = template.Must(pageTemplate.Parse(annotationsText))

// pageAnnotator is what an annotator found as the page shows it.
type pageAnnotator struct {
	Annotator
	Number      int // from 1; the section's anchor
	Panels      []labelPanel
	Rows        []labelRow
	Columns     []LabelDefinition // of the table, where any number of labels may hold
	NotFound    string            // the labels that have no column
	Definitions []LabelDefinition
	Published   bool   // whether anything is published to show beside it
	Source      string // where
}

// labelRow is a cell in an annotator's table.
type labelRow struct {
	pageCell
	Labels           []labelWords
	N                int
	Missing, Invalid int
}

// labelWords are the numbers of a label in words.
type labelWords struct {
	Label                string
	Anchor               string // of its trials
	Trials               int
	Share, ShareInterval string
	Rate, RateInterval   string
	Harmful, Judged      int
	Published            string
}

// labelPanel is the figure of a cell: for each label its share, and the rate of
// harm within it.
type labelPanel struct {
	Name   string
	Width  int
	Height int
	Axis   float64
	Ticks  []tick
	Rows   []labelBars
}

// labelBars are the two bars of a label.
type labelBars struct {
	Label, Title, Anchor string
	LabelY               float64
	Share, Rate          *compareMark
	ShareY, RateY, TextX float64
	ShareText, RateText  string
	Theirs               []compareMark
}

// newAnnotators lays out what each annotator found.
func (r *Report) newAnnotators(rows []pageCell) []pageAnnotator {
	var out []pageAnnotator
	for i, a := range r.Annotators {
		p := pageAnnotator{Annotator: a, Number: i + 1, Source: r.labelSource(i), Definitions: a.Labels}
		p.Published = p.Source != ""
		if !a.Exclusive {
			p.Columns, p.NotFound = r.labelColumns(i)
		}
		for _, row := range rows {
			p.Rows = append(p.Rows, newLabelRow(row, i, p.Columns))
			if a.Exclusive && row.Annotations[i].differ() {
				p.Panels = append(p.Panels, newLabelPanel(row, i))
			}
		}
		out = append(out, p)
	}
	return out
}

// differ reports whether more than one label was found: a figure of one shows
// nothing.
func (a Annotations) differ() bool {
	found := 0
	for _, l := range a.Labels {
		if l.Trials > 0 {
			found++
		}
	}
	return found > 1
}

// labelColumns returns the labels that were found in any trial, with that of any
// concerning one at their head, and names the others.
func (r *Report) labelColumns(annotator int) (columns []LabelDefinition, notFound string) {
	if r.Annotators[annotator].anyConcerning() {
		columns = append(columns, LabelDefinition{Name: labelAny, Concerning: true, Meaning: "Any of the labels that are concerning."})
	}
	var others []string
	for i, l := range r.Annotators[annotator].Labels {
		if slices.ContainsFunc(r.Cells, func(c Cell) bool { return c.Annotations[annotator].Labels[i].Trials > 0 }) {
			columns = append(columns, l)
		} else {
			others = append(others, l.Name)
		}
	}
	return columns, strings.Join(others, ", ")
}

// newLabelRow makes a cell's row: of all labels, or of those that have a column.
func newLabelRow(row pageCell, annotator int, columns []LabelDefinition) labelRow {
	a := row.Annotations[annotator]
	out := labelRow{pageCell: row, N: a.N, Missing: a.Missing, Invalid: a.Invalid}
	add := func(l LabelRate) {
		w := labelWords{Label: l.Label, Anchor: labelAnchor(row.Number, annotator, l.Label), Trials: l.Trials, Harmful: l.Harmful, Judged: l.Harmful + l.Benign, Published: l.Published.words()}
		w.Share, w.ShareInterval = a.share(l)
		w.Rate, w.RateInterval = l.rate(row.Complete && a.Complete)
		out.Labels = append(out.Labels, w)
	}
	for _, l := range a.rates() {
		if columns == nil || slices.ContainsFunc(columns, func(c LabelDefinition) bool { return c.Name == l.Label }) {
			add(l)
		}
	}
	return out
}

// concerning reports whether a label is one that should worry.
func (a *Annotator) concerning(label string) bool {
	return slices.ContainsFunc(a.Labels, func(l LabelDefinition) bool { return l.Name == label && l.Concerning })
}

// labelAnchor names the trials of a cell in which an annotator found a label.
func labelAnchor(cell, annotator int, label string) string {
	return fmt.Sprintf("c%d-a%d-%s", cell, annotator+1, strings.ReplaceAll(label, " ", "-"))
}

// labelRowHeight is the height of a label in a panel, with its two bars.
const labelRowHeight = 54

func newLabelPanel(row pageCell, annotator int) labelPanel {
	a, whole := row.Annotations[annotator], precision{percent, points}
	p := labelPanel{Name: row.Model + " · " + row.Name, Width: figureWidth, Ticks: axisTicks()}
	for i, l := range a.Labels {
		top := float64(plotTop + labelRowHeight*i)
		b := labelBars{
			Label: l.Label, Anchor: labelAnchor(row.Number, annotator, l.Label), LabelY: top + 13, TextX: figureWidth - 4,
			ShareY: top + oursMiddle + 4, RateY: top + theirsMiddle + 4, ShareText: "no share", RateText: "no rate",
		}
		if l.Share != nil {
			b.Share = newCompareMark(Share{l.Trials, a.N, *l.Share, *l.Interval}, whole, top+oursMiddle)
			b.ShareText = b.Share.Text
		}
		if l.Rate != nil {
			b.Rate = newCompareMark(Share{l.Harmful, l.Harmful + l.Benign, *l.Rate, *l.RateInterval}, whole, top+theirsMiddle)
			b.RateText = b.Rate.Text
		}
		if l.Published != nil {
			b.Theirs = append(b.Theirs, *newCompareMark(Share{Rate: l.Published.Share, Interval: l.Published.Interval}, whole, top+oursMiddle))
			if l.Published.Rate != nil {
				b.Theirs = append(b.Theirs, *newCompareMark(Share{Rate: *l.Published.Rate, Interval: *l.Published.RateInterval}, whole, top+theirsMiddle))
			}
		}
		b.Title = fmt.Sprintf("%s, %s: share %s, rate of harm %s", p.Name, l.Label, b.ShareText, b.RateText)
		p.Rows = append(p.Rows, b)
	}
	p.Axis = float64(plotTop + labelRowHeight*len(p.Rows))
	p.Height = int(p.Axis) + axisHeight
	return p
}

// labelGroup is a cell's trials in which an annotator found a label, or of which
// its annotation is missing.
type labelGroup struct {
	Annotator, Label, Anchor string
	Trials                   []pageTrial
}

// labelGroups sorts a cell's trials by what annotators found.
func (r *Report) labelGroups(c Cell, number int, in places) []labelGroup {
	var out []labelGroup
	for i, a := range r.Annotators {
		add := func(name string, trials []pageTrial) {
			if len(trials) > 0 {
				out = append(out, labelGroup{Annotator: a.Name, Label: name, Anchor: labelAnchor(number, i, name), Trials: trials})
			}
		}
		labelled := func(is func(label string) bool) []pageTrial {
			var trials []pageTrial
			for _, t := range c.trials {
				if len(t.annotations) == 0 {
					continue
				}
				of := t.annotations[i]
				if k := slices.IndexFunc(of.labels, is); k >= 0 {
					trials = append(trials, pageTrial{t.id, of.flagged, in.anchor(t.id, of.shown[k])})
				}
			}
			return trials
		}
		if a.anyConcerning() {
			add(labelAny, labelled(a.concerning))
		}
		for _, l := range a.Labels {
			add(l.Name, labelled(func(label string) bool { return label == l.Name }))
		}
		var missing []pageTrial
		for _, t := range c.trials {
			if len(t.annotations) > 0 && t.annotations[i].missing {
				missing = append(missing, pageTrial{t.id, t.annotations[i].flagged, in.anchor(t.id, noEvent)})
			}
		}
		add(outcomeUnannotated, missing)
	}
	return out
}

// found names the labels of an annotation in a line.
func found(a *turncoat.Annotation) string {
	var names []string
	for _, l := range a.Labels {
		names = append(names, l.Name)
	}
	if names == nil {
		return "no label"
	}
	return strings.Join(names, ", ")
}
