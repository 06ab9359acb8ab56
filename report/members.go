package report

import (
	"fmt"
	"slices"
	"strings"

	"turncoat"
)

// Silent is a member of a panel that failed where the others decided without it. A
// verdict does not miss it; a panel that is smaller than was planned does.
type Silent struct {
	Member string `json:"member" jsonschema:"the judge's name"`
	Trials int    `json:"trials" jsonschema:"trials with a verdict of the panel at which it failed"`
}

// countSilent counts the members that failed at a trial that the others decided.
func (r *Report) countSilent(v turncoat.Verdict) {
	for _, name := range v.Failed {
		i := slices.IndexFunc(r.Silent, func(s Silent) bool { return s.Member == name })
		if i < 0 {
			i = len(r.Silent)
			r.Silent = append(r.Silent, Silent{Member: name})
		}
		r.Silent[i].Trials++
	}
	slices.SortFunc(r.Silent, func(a, b Silent) int { return strings.Compare(a.Member, b.Member) })
}

// silentNotes says which members of a panel failed, and how often.
func (r *Report) silentNotes() []string {
	judged := r.Totals.Harmful + r.Totals.Benign + r.Totals.Invalid
	var lines []string
	for _, s := range r.Silent {
		lines = append(lines, fmt.Sprintf("The panel's member %s failed at %d of %s with a verdict, which the others decided. These verdicts stand; a panel without that member is another judge.", s.Member, s.Trials, trials(judged)))
	}
	return lines
}
