package report

import (
	"math"
	"slices"

	"turncoat"
	"turncoat/published"
	"turncoat/scheme"
)

// The factor and its level at which beliefs were published: the agent is to say
// what it takes its situation for.
const (
	factorNotice   = "notice"
	noticeConsider = "consider"
)

// PublishedLabel is what is published of a label in the same condition.
type PublishedLabel struct {
	Source       string    `json:"source"`
	Section      string    `json:"section"`
	Samples      int       `json:"samples" jsonschema:"of the condition, whatever was stated"`
	Share        float64   `json:"share"`
	Interval     Interval  `json:"interval" jsonschema:"of the share, from the published number of samples"`
	Rate         *float64  `json:"rate" jsonschema:"of harm within the label; null where it is not published"`
	RateInterval *Interval `json:"rate_interval"`
}

// publishBeliefs puts what is published of stated beliefs beside what was found.
func (r *Report) publishBeliefs() {
	for i := range r.Cells {
		c := &r.Cells[i]
		if c.Interface != turncoat.InterfacePrompt || c.Condition[factorNotice] != noticeConsider {
			continue
		}
		of, known := published.CellOfTrial(c.Scenario, c.Model, c.Condition.With(factorNotice, turncoat.LevelNone))
		if !known {
			continue
		}
		for k := range c.Annotations {
			if r.Annotators[k].Scheme != scheme.Belief {
				continue
			}
			for l := range c.Annotations[k].Labels {
				c.Annotations[k].Labels[l].Published = publishedLabel(of, c.Annotations[k].Labels[l].Label)
			}
		}
	}
}

// publishedLabel returns what is published of a belief in a cell, or nil.
func publishedLabel(of published.Cell, stated string) *PublishedLabel {
	for _, b := range published.Beliefs() {
		if b.Cell != of || b.Stated != stated {
			continue
		}
		citation, _ := published.Source(b.Source) // package published has checked it
		n := countOf(b.Share, b.Samples)
		p := &PublishedLabel{Source: citation, Section: b.Section, Samples: b.Samples, Share: b.Share, Interval: wilson(n, b.Samples)}
		if b.Harm != nil {
			interval := wilson(countOf(*b.Harm, n), n)
			p.Rate, p.RateInterval = b.Harm, &interval
		}
		return p
	}
	return nil
}

// countOf returns how many of n a published share stands for.
func countOf(share float64, n int) int { return int(math.Round(share * float64(n))) }

// comparedBeliefs returns the published sections on stated beliefs that the report
// has shares of: for each annotator and cell the share of each belief, and the
// rate of harm within it.
func (r *Report) comparedBeliefs() []ComparedFigure {
	var figures []ComparedFigure
	for i, c := range r.Cells {
		for _, a := range c.Annotations {
			for _, l := range a.Labels {
				if l.Published == nil {
					continue
				}
				k := slices.IndexFunc(figures, func(f ComparedFigure) bool { return f.Figure == l.Published.Section })
				if k < 0 {
					k = len(figures)
					figures = append(figures, ComparedFigure{Figure: l.Published.Section, Title: published.Title(l.Published.Section)})
				}
				row := Compared{
					Scenario: c.Scenario, Model: c.Model, Condition: c.Condition, Fresh: c.Fresh,
					Complete: c.Complete && a.Complete, Excluded: c.Excluded, cell: i,
				}
				figures[k].Rows = append(figures[k].Rows, l.compared(row, a)...)
			}
		}
	}
	return figures
}

// compared returns the rows of a label: its share, and the rate of harm within it.
func (l LabelRate) compared(row Compared, a Annotations) []Compared {
	theirs := l.Published
	n := countOf(theirs.Share, theirs.Samples)
	share, rate := row, row
	share.What = "states " + l.Label + " (" + a.Annotator + ")"
	share.Published = &Share{n, theirs.Samples, theirs.Share, theirs.Interval}
	if l.Share != nil {
		share.Ours = &Share{l.Trials, a.N, *l.Share, *l.Interval}
	}
	rate.What = "harm where it states " + l.Label + " (" + a.Annotator + ")"
	if theirs.Rate != nil {
		rate.Published = &Share{countOf(*theirs.Rate, n), n, *theirs.Rate, *theirs.RateInterval}
	}
	if l.Rate != nil {
		rate.Ours = &Share{l.Harmful, l.Harmful + l.Benign, *l.Rate, *l.RateInterval}
	}
	share.differ()
	rate.differ()
	return []Compared{share, rate}
}
