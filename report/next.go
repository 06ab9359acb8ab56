package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"turncoat"
	"turncoat/judge"
)

// Instead is another judge with verdicts of trials that the report's judge has
// said nothing of.
type Instead struct {
	Judge  string `json:"judge"`
	Trials int    `json:"trials" jsonschema:"unjudged trials that it has a verdict of"`
}

// countInstead counts who has judged a trial that the report's judge has not.
func (r *Report) countInstead(others []*turncoat.Judgement) {
	for i, other := range others {
		if other != nil && other.Verdict != nil {
			r.Consistency[i].instead++
		}
	}
}

// insteadOf lists the judges that have judged what the report's judge has not, those
// with most such trials first.
func insteadOf(others []Consistency) []Instead {
	var list []Instead
	for _, c := range others {
		if c.instead > 0 {
			list = append(list, Instead{c.Judge, c.instead})
		}
	}
	slices.SortStableFunc(list, func(a, b Instead) int { return cmp.Compare(b.Trials, a.Trials) })
	return list
}

// JudgeFlag returns how a command is told to show this report's judge, with a space
// before it, or "" where it is the study's own.
func (r *Report) JudgeFlag() string {
	if own, err := judge.NameOf(r.Study.Judge); err == nil && own == r.Judge {
		return ""
	}
	return " --judge " + quoted(r.Judge)
}

// unjudged says that verdicts are missing, how to get them, and who has judged
// these trials instead. Command is the one that would show that.
func (r *Report) unjudged(command string) []string {
	n := r.Totals.Unjudged
	if n == 0 {
		return nil
	}
	lines := []string{fmt.Sprintf("Unjudged: %s without a verdict of this judge, and so without a rate (%s). The transcripts are kept%s",
		trials(n), r.firstReason(outcomeUnjudged), r.judgingOn())}
	if len(r.Instead) == 0 {
		return lines
	}
	var who []string
	for _, other := range r.Instead {
		who = append(who, fmt.Sprintf("%s (%d)", other.Judge, other.Trials))
	}
	return append(lines, fmt.Sprintf("Judged by others: of %s without a verdict of %s there are verdicts of %s. `%s %s %s --judge %s` shows them.",
		trials(n), r.Judge, strings.Join(who, ", "), r.options.Command, command, r.Study.Name, quoted(r.Instead[0].Judge)))
}

// judgingOn says how this report's judge gets to the trials that it has not judged.
func (r *Report) judgingOn() string {
	on := fmt.Sprintf("%s judge %s%s", r.options.Command, r.Study.Name, r.JudgeFlag())
	switch {
	case r.Judge == judge.Adjudicated:
		on = fmt.Sprintf("%s label %s --adjudicate", r.options.Command, r.Study.Name)
	case judge.IsHuman(r.Judge):
		on = fmt.Sprintf("%s label %s --rater %s", r.options.Command, r.Study.Name, judge.RaterOf(r.Judge))
	case !judge.CanAsk(r.Judge):
		return ", but this program cannot ask that judge."
	}
	return fmt.Sprintf(": `%s` goes on.", on)
}

// notRun says that trials were not begun, and what may be in the way.
func (r *Report) notRun() string {
	line := fmt.Sprintf("Not run: %s of the plan. The same run goes on", trials(r.Totals.NotRun))
	if budget := r.Study.Limits.MaxCost; budget > 0 {
		return line + fmt.Sprintf(", unless it was the budget that stopped it: the study may spend $%.2f (limits.max_cost). With more, as in `--max-cost %g`, it goes on.", budget, 2*budget)
	}
	return line + "."
}
