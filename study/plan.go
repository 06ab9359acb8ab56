package study

import (
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"turncoat"
	"turncoat/scenario"
)

// Plan is the trials that a design asks for. The same design and scenarios
// give the same plan.
type Plan struct {
	Study turncoat.Study
	Cells []Cell

	worlds [][]uint64 // see worldSets
}

// Cell is one model in one condition: the trials whose rate is one number in
// the report.
type Cell struct {
	Scenario  string
	Version   string
	Interface turncoat.Interface
	Condition turncoat.Condition
	Model     string
}

// NewPlan makes a design's plan. Scenarios that are folders are added to the
// library, relative ones from dir. An error says which scenario, factor or
// level does not exist, or which combination makes no sense.
func NewPlan(s turncoat.Study, dir string, library *scenario.Library) (*Plan, error) {
	worlds, err := worldSets(s)
	if err != nil {
		return nil, fmt.Errorf("study %s: %w", s.Name, err)
	}
	plan := &Plan{Study: s, worlds: worlds}
	plan.Study.Scenarios = slices.Clone(s.Scenarios)
	for i, name := range s.Scenarios {
		if isFolder(name) && !filepath.IsAbs(name) { // the stored study must find it from anywhere
			absolute, err := filepath.Abs(filepath.Join(dir, name))
			if err != nil {
				return nil, fmt.Errorf("study %s: scenario %s: %w", s.Name, name, err)
			}
			name, plan.Study.Scenarios[i] = absolute, absolute
		}
		sc, err := openScenario(name, library)
		if err != nil {
			return nil, fmt.Errorf("study %s: %w", s.Name, err)
		}
		conditions, err := conditionsOf(s, sc)
		if err != nil {
			return nil, fmt.Errorf("study %s: scenario %s: %w", s.Name, sc.Name(), err)
		}
		for _, seed := range slices.Concat(worlds...) { // a seed without a world is better found now than after the first dollar
			if _, err := sc.World(conditions[0], seed); err != nil {
				return nil, fmt.Errorf("study %s: scenario %s: %w", s.Name, sc.Name(), err)
			}
		}
		if len(sc.Verbatim()) > 0 && slices.ContainsFunc(s.Interfaces, func(f turncoat.Interface) bool { return f != turncoat.InterfacePrompt }) {
			return nil, fmt.Errorf("study %s: scenario %s is the texts of others, word for word, which bring all mail and their own way to act: it has the interface %s alone", s.Name, sc.Name(), turncoat.InterfacePrompt)
		}
		for _, face := range s.Interfaces {
			for _, condition := range conditions {
				for _, model := range s.Models {
					plan.Cells = append(plan.Cells, Cell{
						Scenario: sc.Name(), Version: sc.Version(),
						Interface: face, Condition: condition, Model: model,
					})
				}
			}
		}
	}
	return plan, nil
}

// conditionsOf returns the conditions that a design asks for in a scenario: its
// factors crossed, once for each combination of levels that it fixes.
func conditionsOf(s turncoat.Study, sc *scenario.Scenario) ([]turncoat.Condition, error) {
	if len(s.Conditions) == 0 {
		return sc.Cross(s.Factors)
	}
	var all []turncoat.Condition
	seen := map[string]bool{}
	for _, fixed := range s.Conditions {
		levels := maps.Clone(s.Factors)
		if levels == nil {
			levels = map[string][]string{}
		}
		for factor, level := range fixed {
			levels[factor] = []string{level}
		}
		crossed, err := sc.Cross(levels)
		if err != nil {
			return nil, err
		}
		for _, c := range crossed {
			if seen[c.String()] {
				return nil, fmt.Errorf("the design asks for the condition %s twice", c)
			}
			seen[c.String()] = true
			all = append(all, c)
		}
	}
	return all, nil
}

// openScenario adds a folder to the library, and finds anything else there.
func openScenario(name string, library *scenario.Library) (*scenario.Scenario, error) {
	if isFolder(name) {
		return library.Add(name)
	}
	return library.Get(name)
}

// isFolder takes what looks like a path for a folder.
func isFolder(name string) bool { return strings.ContainsAny(name, `/\`) }

// Len returns the number of trials.
func (p *Plan) Len() int { return len(p.Cells) * p.PerCell() }

// PerCell returns the number of trials of a cell: as many as the design says,
// in each kind of world that it asks for.
func (p *Plan) PerCell() int { return p.Study.Trials * len(p.worlds) }

// Trials yields the trials, all cells' first trials of each kind of world before
// their second ones, so that a run that is cut short has measured every cell
// alike.
func (p *Plan) Trials() iter.Seq[turncoat.Trial] {
	return func(yield func(turncoat.Trial) bool) {
		for i := range p.Study.Trials {
			for set := range p.worlds {
				for _, cell := range p.Cells {
					if !yield(p.trial(cell, set*p.Study.Trials+i+1)) {
						return
					}
				}
			}
		}
	}
}

// nativeEffort is the effort of reasoning that is asked for where a condition has
// the model's own reasoning and the design names no effort.
const nativeEffort = "medium"

func (p *Plan) trial(c Cell, number int) turncoat.Trial {
	set, i := (number-1)/p.Study.Trials, (number-1)%p.Study.Trials
	seeds := p.worlds[set]
	parameters := p.Study.Parameters
	if parameters.Effort == "" && c.Condition[turncoat.FactorDeliberation] == turncoat.DeliberationNative {
		parameters.Effort = nativeEffort
	}
	trial := turncoat.Trial{
		Study: p.Study.Name,
		World: turncoat.WorldID{
			Scenario: c.Scenario, Version: c.Version,
			Condition: c.Condition, Seed: seeds[i%len(seeds)],
		},
		Interface:  c.Interface,
		Model:      c.Model,
		Parameters: parameters,
		Number:     number,
	}
	if c.Interface != turncoat.InterfacePrompt {
		trial.Limits = p.Study.Limits.Trial
	}
	return trial
}
