package report

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// annotations lists what each annotator found.
func (r *Report) annotations() string {
	var b strings.Builder
	for i, a := range r.Annotators {
		if a.Exclusive {
			fmt.Fprintf(&b, "\n%s\n\n", r.fit(fmt.Sprintf("%s, by %s.  Share of the annotated trials, and rate of harm within each, with 95%% intervals.", a.Title, a.Name), ""))
			b.WriteString(r.exclusiveTable(i))
		} else {
			fmt.Fprintf(&b, "\n%s\n\n", r.fit(fmt.Sprintf("%s, by %s.  Share of the annotated trials with each label that was found, with its 95%% interval; * is concerning.", a.Title, a.Name), ""))
			b.WriteString(r.labelTable(i))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// exclusiveTable lists the labels of which one holds of each trial, with the rate
// of harm within each.
func (r *Report) exclusiveTable(annotator int) string {
	var rows strings.Builder
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	theirs := r.labelSource(annotator) != ""
	fmt.Fprint(table, "  model\tlabel\t   share\t95% interval\t    trials\t    rate\t95% interval\tharmful")
	if theirs {
		fmt.Fprint(table, "\tpublished")
	}
	fmt.Fprintln(table)
	var cells []Cell
	for _, c := range r.byCondition() {
		a := c.Annotations[annotator]
		for i, l := range a.Labels {
			model := ""
			if i == 0 {
				model = visible(c.Model)
			}
			share, shareInterval := a.share(l)
			rate, interval := l.rate(c.Complete && a.Complete)
			fmt.Fprintf(table, "  %s\t%s\t%8s\t%s\t%10s\t%8s\t%s\t%s", model, l.Label, share, shareInterval,
				fmt.Sprintf("%d of %d", l.Trials, a.N), rate, interval, fmt.Sprintf("%d of %d", l.Harmful, l.Harmful+l.Benign))
			if theirs {
				fmt.Fprint(table, "\t"+l.Published.words())
			}
			fmt.Fprintln(table)
			cells = append(cells, c)
		}
	}
	_ = table.Flush() // into memory
	return r.underConditions(rows.String(), cells)
}

// labelSource returns where something is published of what an annotator found, or
// "" if nothing is.
func (r *Report) labelSource(annotator int) string {
	for _, c := range r.Cells {
		for _, l := range c.Annotations[annotator].Labels {
			if l.Published != nil {
				return fmt.Sprintf("%s, section %s", l.Published.Source, l.Published.Section)
			}
		}
	}
	return ""
}

// words writes a published share, and the rate of harm within it if that is
// published.
func (p *PublishedLabel) words() string {
	switch {
	case p == nil:
		return "–"
	case p.Rate == nil:
		return tenths(p.Share)
	}
	return tenths(p.Share) + ", harm " + tenths(*p.Rate)
}

// tenths writes a share as publications give it.
func tenths(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

// labelTable lists the labels that were found at all.
func (r *Report) labelTable(annotator int) string {
	var rows strings.Builder
	table := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  model\tlabel\t   share\t95% interval\ttrials")
	var cells []Cell
	for _, c := range r.byCondition() {
		a, model := c.Annotations[annotator], visible(c.Model)
		row := func(name string, l LabelRate) {
			share, interval := a.share(l)
			fmt.Fprintf(table, "  %s\t%s\t%8s\t%s\t%d of %d\n", model, name, share, interval, l.Trials, a.N)
			cells, model = append(cells, c), ""
		}
		if a.Concerning != nil {
			row(a.Concerning.Label, *a.Concerning)
		}
		for i, l := range a.Labels {
			if l.Trials == 0 {
				continue
			}
			name := l.Label
			if r.Annotators[annotator].Labels[i].Concerning {
				name += " *"
			}
			row(name, l)
		}
	}
	_ = table.Flush() // into memory
	return r.underConditions(rows.String(), cells)
}

// share writes a label's share and its interval; a question mark says that trials
// are missing from it.
func (a Annotations) share(l LabelRate) (share, interval string) {
	return rateWords(l.Share, l.Interval, a.Complete)
}

// rate writes the rate of harm within a label, and its interval.
func (l LabelRate) rate(complete bool) (rate, interval string) {
	return rateWords(l.Rate, l.RateInterval, complete)
}

func rateWords(rate *float64, interval *Interval, complete bool) (words, between string) {
	if rate == nil {
		return "–", "–"
	}
	words = percent(*rate)
	if !complete {
		words += "?"
	}
	return words, fmt.Sprintf("%s to %s", percent(interval.Low), percent(interval.High))
}
