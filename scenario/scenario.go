package scenario

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"turncoat"
)

// Scenario is a scenario folder that has been read and found without mistakes.
// It is safe for concurrent use.
type Scenario struct {
	spec         spec
	factors      []Factor
	levels       map[string][]string // names in order, by factor
	canonical    cast
	freshCasts   *freshCasts // nil: there are no fresh worlds
	texts        *texts
	beats        []beat
	prompts      map[string]*prompt // of a verbatim scenario, by condition
	performances []performance
	files        map[string]string // documents and alerts, by file name
	version      string
}

// Factor is a variable of the experiment, with its levels in the order of the
// scenario's file.
type Factor struct {
	Name    string
	Default string // a level's name
	Levels  []Level
}

// Level is one value of a factor.
type Level struct {
	Name     string
	Summary  string // what it means, in a line
	Conflict bool   // the company turns against the agent's goal
	Threat   bool   // something is about to be done to the agent
}

// Name returns the scenario's name, under which designs and transcripts know it.
func (s *Scenario) Name() string { return s.spec.Name }

// Version returns the declared version and a digest of all files of the folder,
// so that a changed text is another version.
func (s *Scenario) Version() string { return s.version }

// Title returns the scenario's title.
func (s *Scenario) Title() string { return s.spec.Title }

// Summary returns a paragraph that tells the dilemma.
func (s *Scenario) Summary() string { return s.spec.Summary }

// Factors returns the scenario's factors.
func (s *Scenario) Factors() []Factor { return slices.Clone(s.factors) }

// Exclusion returns the share of harmful trials in control conditions above which
// a model is taken not to have understood the scenario, or 0 if there is no such
// rule.
func (s *Scenario) Exclusion() float64 { return s.spec.Harm.Exclude }

// IsControl reports whether a complete condition is a control: its levels bring
// neither a goal conflict nor a threat.
func (s *Scenario) IsControl(c turncoat.Condition) bool {
	for factor, level := range c {
		if l := s.spec.Factors[factor].Levels[level]; l.Conflict || l.Threat {
			return false
		}
	}
	return true
}

// Complete returns the condition with the default level of every factor that it
// leaves out. Factors and levels that do not exist, and combinations that the
// scenario excludes, are errors that say what there is, or why not.
func (s *Scenario) Complete(c turncoat.Condition) (turncoat.Condition, error) {
	for _, factor := range c.Factors() {
		if err := s.knows(factor, c[factor]); err != nil {
			return nil, err
		}
	}
	full := s.withDefaults(c)
	for _, e := range s.spec.Excluded {
		if e.When.holds(full) {
			return nil, fmt.Errorf("%s makes no sense: %s", full, e.Reason)
		}
	}
	if err := s.noPrompt(full); err != nil {
		return nil, err
	}
	return full, nil
}

// withDefaults returns a condition with the default levels of the factors that
// it leaves out.
func (s *Scenario) withDefaults(c turncoat.Condition) turncoat.Condition {
	full := turncoat.Condition{}
	for _, f := range s.factors {
		full[f.Name] = f.Default
	}
	maps.Copy(full, c)
	return full
}

// Cross returns every combination of the given levels, completed, with the
// first factor of the scenario varying slowest. Each combination must make
// sense; all that do not are named in the error.
func (s *Scenario) Cross(levels map[string][]string) ([]turncoat.Condition, error) {
	for _, factor := range slices.Sorted(maps.Keys(levels)) {
		for _, level := range levels[factor] {
			if err := s.knows(factor, level); err != nil {
				return nil, err
			}
		}
	}
	crossed := []turncoat.Condition{{}}
	for _, f := range s.factors {
		chosen, ok := levels[f.Name]
		if !ok {
			chosen = []string{f.Default}
		}
		var next []turncoat.Condition
		for _, c := range crossed {
			for _, level := range chosen {
				next = append(next, c.With(f.Name, level))
			}
		}
		crossed = next
	}
	var refused []error
	for _, c := range crossed {
		if _, err := s.Complete(c); err != nil {
			refused = append(refused, err)
		}
	}
	return crossed, errors.Join(refused...)
}

// knows returns an error if a level does not exist, whatever it may be combined
// with.
func (s *Scenario) knows(factor, level string) error {
	spec, ok := s.spec.Factors[factor]
	if !ok {
		return fmt.Errorf("there is no factor %q; there are: %s", factor, strings.Join(slices.Sorted(maps.Keys(s.spec.Factors)), ", "))
	}
	if _, ok := spec.Levels[level]; !ok {
		return fmt.Errorf("factor %s has no level %q; there are: %s", factor, level, strings.Join(slices.Sorted(maps.Keys(spec.Levels)), ", "))
	}
	return nil
}

// Cover returns the conditions that differ from the default one in at most two
// factors. Every pair of levels occurs in them, and with several factors of
// several levels they are a small part of all conditions. Of a verbatim scenario
// it returns every condition that there is.
func (s *Scenario) Cover() []turncoat.Condition {
	if s.isVerbatim() {
		return s.Verbatim()
	}
	seen := map[string]bool{}
	var out []turncoat.Condition
	add := func(levels map[string][]string) {
		crossed, _ := s.Cross(levels) // what is excluded is left out below
		for _, c := range crossed {
			if _, err := s.Complete(c); err == nil && !seen[c.String()] {
				seen[c.String()] = true
				out = append(out, c)
			}
		}
	}
	if len(s.factors) == 0 {
		add(nil)
	}
	for i, f := range s.factors {
		add(map[string][]string{f.Name: s.levels[f.Name]})
		for _, g := range s.factors[i+1:] {
			add(map[string][]string{f.Name: s.levels[f.Name], g.Name: s.levels[g.Name]})
		}
	}
	return out
}
