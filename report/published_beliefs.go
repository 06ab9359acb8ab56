package report

import (
	"fmt"
	"math"

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
		p := &PublishedLabel{Source: fmt.Sprintf("%s, section %s", citation, b.Section), Share: b.Share, Interval: wilson(n, b.Samples)}
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
