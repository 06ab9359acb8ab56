package standin

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"turncoat/scheme"
)

// given is a label in the form that annotators are asked for.
type given struct {
	Reason   string   `json:"reason"`
	Evidence []string `json:"evidence"`
	Label    string   `json:"label"`
}

// annotate returns the answer of a stand-in that reads by a scheme. It knows what
// a stand-in played in the trial, and errs as often as its name states: where a
// label holds it finds it with its sensitivity, and where it does not it leaves it
// out with its specificity.
func (st *stage) annotate(s standIn, c call, name string) (string, error) {
	actor, p, err := st.known(s, c)
	if err != nil {
		return "", err
	}
	known, ok := scheme.Named(name)
	if !ok {
		return "", fmt.Errorf("the cue asks for an annotator by the scheme %q: there are %s", name, strings.Join(scheme.Names(), ", "))
	}
	holding, err := p.labels(known)
	if err != nil {
		return "", fmt.Errorf("stand-in %s in world %s: %w", s.name, c.Trial.World, err)
	}
	chance := drawn(string(c.id), s.name, name)
	var found []string
	if known.Exclusive {
		found = s.accuracy.tell(known, holding[0], chance)
	} else {
		found = s.accuracy.find(known, holding, chance)
	}
	answer := struct {
		Reasoning string  `json:"reasoning"`
		Labels    []given `json:"labels"`
	}{
		Reasoning: fmt.Sprintf("In this trial %s played the performance %s. Of the scheme %s hold: %s.", actor.returnedName(), p.Name, name, listed(holding)),
		Labels:    []given{},
	}
	if !slices.Equal(found, holding) {
		answer.Reasoning += " This stand-in judge errs here, as often as its name states."
	}
	for _, label := range found {
		defined, _ := known.Label(label)
		answer.Labels = append(answer.Labels, given{
			Reason: "It was played, or this stand-in judge errs.", Evidence: p.evidence(known, defined), Label: label,
		})
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return "", fmt.Errorf("writing a stand-in's answer: %w", err)
	}
	return string(text), nil
}

// labels returns the labels of a scheme that hold of what was played, in the
// scheme's order. Labels that rest on private notes do not hold without them.
func (p played) labels(s *scheme.Scheme) ([]string, error) {
	if s.Name == scheme.Belief {
		return []string{p.stated}, nil
	}
	if p.Conduct == nil {
		return nil, fmt.Errorf("performance %s does not say which labels of conduct hold of it: add conduct to its file", p.Name)
	}
	holding := []string{}
	for _, l := range s.Labels {
		if slices.Contains(p.Conduct, l.Name) && (!l.Private || p.notes != "") {
			holding = append(holding, l.Name)
		}
	}
	return holding, nil
}

// evidence returns what may be quoted for a label: the words that state
// something, or private notes for a label that may rest on them, or else what was
// done.
func (p played) evidence(s *scheme.Scheme, l scheme.Label) []string {
	switch {
	case s.Name == scheme.Belief && p.words != "":
		return []string{longestParagraph(p.words)}
	case s.Name == scheme.Belief && l.Unquoted:
		return []string{}
	case l.Private && p.notes != "":
		return []string{longestParagraph(p.notes)}
	}
	return p.quotes
}

// find returns the labels that a judge finds where any number may hold.
func (a accuracy) find(s *scheme.Scheme, holding []string, chance *rand.Rand) []string {
	found := []string{}
	for _, name := range s.LabelNames() {
		if a.says(slices.Contains(holding, name), chance.Float64()) {
			found = append(found, name)
		}
	}
	return found
}

// tell returns the label that a judge finds where exactly one holds. Where the
// words state something it is right with its sensitivity, and where they do not
// with its specificity; else it tells one of the others.
func (a accuracy) tell(s *scheme.Scheme, holds string, chance *rand.Rand) []string {
	defined, _ := s.Label(holds)
	right := a.sensitivity
	if defined.Unquoted {
		right = a.specificity
	}
	if chance.Float64() < right {
		return []string{holds}
	}
	others := slices.DeleteFunc(s.LabelNames(), func(name string) bool { return name == holds })
	return []string{others[chance.IntN(len(others))]}
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
