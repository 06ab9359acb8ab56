package judge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"turncoat"
)

// panelVersion is the version of [Panel]. It rises with every change of how
// votes become a verdict; the members have versions of their own.
const panelVersion = "1"

// PanelRule says when a panel has decided.
type PanelRule string

// The rules of panels.
const (
	PanelMajority  PanelRule = "majority"  // more than half of the members say the same
	PanelUnanimous PanelRule = "unanimous" // all members say the same
	PanelWeighted  PanelRule = "weighted"  // members with more than half of all weight say the same
)

// PanelMember is a judge with what its vote weighs.
type PanelMember struct {
	Judge  turncoat.Judge
	Weight int // at least 1; 1 unless the rule is [PanelWeighted]
}

// Panel is a judge that asks several judges and counts their votes. Where the
// votes decide nothing there is no verdict, and so there is none where a member
// fails whose vote could have made a difference.
type Panel struct {
	rule    PanelRule
	members []PanelMember
}

// NewPanel returns a panel. It needs two members at least, no two of the same
// name, for a judge that votes twice is a weight.
func NewPanel(rule PanelRule, members ...PanelMember) (*Panel, error) {
	if len(members) < 2 {
		return nil, fmt.Errorf("a panel has two members at least, and here there are %d", len(members))
	}
	for i, m := range members {
		if slices.ContainsFunc(members[:i], func(o PanelMember) bool { return o.Judge.Name() == m.Judge.Name() }) {
			return nil, fmt.Errorf("the member %s is listed twice: give it a weight with panel:weighted(JUDGE=2,…)", m.Judge.Name())
		}
	}
	return &Panel{rule: rule, members: members}, nil
}

// Name returns "panel:majority(rules/3,provider/model+contact/2)/1", with each
// member's weight after it if they are weighted.
func (p *Panel) Name() string {
	var names []string
	for _, m := range p.members {
		name := m.Judge.Name()
		if p.rule == PanelWeighted {
			name = fmt.Sprintf("%s=%d", name, m.Weight)
		}
		names = append(names, name)
	}
	return fmt.Sprintf("%s%s(%s)/%s", panelPrefix, p.rule, strings.Join(names, ","), panelVersion)
}

// Judge asks all members at once, and counts.
func (p *Panel) Judge(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (turncoat.Verdict, error) {
	verdict, err := p.judge(ctx, w, t)
	if err != nil {
		return turncoat.Verdict{}, fmt.Errorf("judge %s: %w", p.Name(), err)
	}
	return verdict, nil
}

func (p *Panel) judge(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (turncoat.Verdict, error) {
	if decided, err := admit(w, t); err != nil {
		return turncoat.Verdict{}, err
	} else if decided != nil {
		return *decided, nil
	}
	votes := p.ask(ctx, w, t)
	if err := ctx.Err(); err != nil {
		return turncoat.Verdict{}, err // who was interrupted has not failed
	}
	outcome, ok := p.decide(votes)
	if !ok {
		return turncoat.Verdict{}, noDecision(votes)
	}
	return verdictOf(outcome, votes), nil
}

// vote is what a member says, or why it says nothing.
type vote struct {
	name    string
	weight  int
	verdict turncoat.Verdict
	err     error
}

func (p *Panel) ask(ctx context.Context, w *turncoat.World, t turncoat.Transcript) []vote {
	votes := make([]vote, len(p.members))
	var group sync.WaitGroup
	for i, m := range p.members {
		group.Go(func() {
			verdict, err := m.Judge.Judge(ctx, w, t)
			votes[i] = vote{name: m.Judge.Name(), weight: m.Weight, verdict: verdict, err: err}
		})
	}
	group.Wait()
	return votes
}

// decide returns the outcome that the rule asks for whatever the members that
// failed would have said, and whether there is one. Their weight counts in all
// weight and for no outcome, so what has more than half without them keeps it.
func (p *Panel) decide(votes []vote) (turncoat.Outcome, bool) {
	all, by := 0, map[turncoat.Outcome]int{}
	for _, v := range votes {
		all += v.weight
		if v.err == nil {
			by[v.verdict.Outcome] += v.weight
		}
	}
	for outcome, weight := range by {
		if weight == all || p.rule != PanelUnanimous && 2*weight > all {
			return outcome, true
		}
	}
	return "", false
}

// charges returns what the calls for a vote took, whether it came or not.
func (v vote) charges() []turncoat.Charge {
	if v.err != nil {
		return Spent(v.err)
	}
	return Charges(v.name, v.verdict)
}

// noDecision says why votes are no verdict. It wraps the members' errors, with what
// all members took.
func noDecision(votes []vote) error {
	var failures []error
	var charges []turncoat.Charge
	for _, v := range votes {
		charges = append(charges, v.charges()...)
		if v.err != nil {
			failures = append(failures, v.err)
		}
	}
	if len(failures) > 0 {
		return having(fmt.Errorf("the members that answered do not decide without those that failed (%s): %w", tally(votes), errors.Join(failures...)), charges)
	}
	return having(fmt.Errorf("the members do not agree enough for a decision (%s): a person must look at it", tally(votes)), charges)
}

// tally writes what each member says.
func tally(votes []vote) string {
	var list []string
	for _, v := range votes {
		said := string(v.verdict.Outcome)
		if v.err != nil {
			said = "failed"
		}
		list = append(list, v.name+": "+said)
	}
	return strings.Join(list, "; ")
}

// verdictOf returns the verdict of a panel that has decided. Evidence, label and
// confidence are those of the members that say the same; flags are everybody's.
func verdictOf(outcome turncoat.Outcome, votes []vote) turncoat.Verdict {
	verdict := turncoat.Verdict{Outcome: outcome, Label: labelOf(outcome, votes)}
	rationale := []string{"The panel says " + string(outcome) + " (" + tally(votes) + ")."}
	var rubrics, models []string
	for _, v := range votes {
		verdict.Charges = append(verdict.Charges, v.charges()...)
		if v.err != nil {
			verdict.Failed = append(verdict.Failed, v.name)
			verdict.Flags = append(verdict.Flags, fmt.Sprintf("the member %s failed, and could not have changed the decision: %v", v.name, v.err))
			continue
		}
		rationale = append(rationale, fmt.Sprintf("%s says %s: %s", v.name, v.verdict.Outcome, v.verdict.Rationale))
		if v.verdict.Outcome == outcome {
			verdict.Evidence = addNew(verdict.Evidence, v.verdict.Evidence...)
			verdict.Confidence = lowest(verdict.Confidence, v.verdict.Confidence)
		}
		rubrics, models = addNew(rubrics, v.verdict.Rubric), addNew(models, v.verdict.Model)
	}
	for _, c := range verdict.Charges {
		verdict.Usage = verdict.Usage.Add(c.Usage)
	}
	verdict.Rationale = strings.Join(rationale, "\n")
	verdict.Rubric, verdict.Model = strings.Join(rubrics, ", "), strings.Join(models, ", ")
	if slices.ContainsFunc(votes, func(v vote) bool { return v.err == nil && v.verdict.Outcome != outcome }) {
		verdict.Flags = append(verdict.Flags, "the members of the panel disagree: "+tally(votes))
	}
	verdict.Flags = append(verdict.Flags, memberFlags(votes)...)
	return verdict
}

// lowest returns the lower of two confidences, of which either may not be stated.
// A mean would hide the member that doubts.
func lowest(a, b *int) *int {
	if a == nil || b != nil && *b < *a {
		return b
	}
	return a
}

// labelOf returns the label that members with most weight among those that
// decided give, "" being one, or the first of them if several have as much.
func labelOf(outcome turncoat.Outcome, votes []vote) string {
	var labels []string
	weights := map[string]int{}
	for _, v := range votes {
		if v.err == nil && v.verdict.Outcome == outcome {
			if weights[v.verdict.Label] == 0 {
				labels = append(labels, v.verdict.Label)
			}
			weights[v.verdict.Label] += v.weight
		}
	}
	return slices.MaxFunc(labels, func(a, b string) int { return cmp.Compare(weights[a], weights[b]) })
}

// memberFlags returns the members' flags: as they are where all members that
// answered have them, and with the member's name otherwise.
func memberFlags(votes []vote) []string {
	answered, count := 0, map[string]int{}
	for _, v := range votes {
		if v.err == nil {
			answered++
			for _, flag := range addNew(nil, v.verdict.Flags...) {
				count[flag]++
			}
		}
	}
	var flags []string
	for _, v := range votes {
		for _, flag := range v.verdict.Flags {
			if count[flag] < answered {
				flag = v.name + ": " + flag
			}
			flags = addNew(flags, flag)
		}
	}
	return flags
}

// addNew appends what a list does not hold yet, without zero values.
func addNew[T comparable](list []T, items ...T) []T {
	var zero T
	for _, item := range items {
		if item != zero && !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}
