package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"turncoat"
	"turncoat/judge"
	"turncoat/provider"
	"turncoat/provider/standin"
	"turncoat/published"
	"turncoat/scenario"
	"turncoat/studies"
	"turncoat/study"
)

// designFlags are the flags that change a design for one plan.
type designFlags struct {
	flags       *pflag.FlagSet
	name        string
	models      []string
	standIns    bool
	program     string // of the user's own, which is the agent; empty: the design's models are run
	agent       string // the name that its results are kept under; empty: the design's, or that of the program's file
	judge       string
	annotators  []string
	worlds      string
	trials      int
	concurrency int
	maxCost     float64
}

func (d *designFlags) register(cmd *cobra.Command) {
	d.registerShared(cmd)
	d.flags.StringArrayVarP(&d.models, "model", "m", nil, "measure this `model` (provider/name) instead of the design's (repeatable)")
	d.flags.BoolVar(&d.standIns, "stand-ins", false, "measure each model's stand-in instead, which acts out published rates, judged by rules: no key, no cost")
	d.flags.Float64Var(&d.maxCost, "max-cost", 0, "US `dollars` that all runs of the study may spend")
}

// registerShared registers the flags that make sense for every agent.
func (d *designFlags) registerShared(cmd *cobra.Command) {
	d.flags = cmd.Flags()
	d.flags.StringVar(&d.name, "name", "", "`name` of the study, to keep its results apart from others of the same design")
	d.flags.StringVar(&d.judge, "judge", "", "`judge`: rules; provider/name, a model's reading combined with a rule; reader:provider/name, the reading alone; or a panel of these, such as panel:majority(JUDGE,JUDGE,JUDGE)")
	d.flags.StringArrayVar(&d.annotators, "annotate", nil, annotateUsage+" instead of the design's (repeatable)")
	d.flags.StringVar(&d.worlds, "worlds", "", "canonical, fresh:`N` (trials spread over N worlds that nobody has read about) or both:N")
	d.flags.IntVar(&d.trials, "trials", 0, "`number` of trials of each model in each condition")
	d.flags.IntVar(&d.concurrency, "concurrency", 0, "`number` of trials at the same time")
}

// plan reads a design, changes it as the flags say, and makes its plan.
func (d *designFlags) plan(args []string, lib *scenario.Library) (*study.Plan, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	name := studies.Quickstart
	if len(args) > 0 {
		name = args[0]
	}
	design, dir, err := readDesign(name)
	if err != nil {
		return nil, err
	}
	changes := turncoat.Study{
		Name: d.name, Models: d.models, Judge: d.judge, Annotators: d.annotators, Worlds: d.worlds, Trials: d.trials,
		Limits: turncoat.Limits{Concurrency: d.concurrency, MaxCost: d.maxCost},
	}
	switch {
	case d.standIns:
		if changes, err = withStandIns(design, changes); err != nil {
			return nil, err
		}
	case d.program != "":
		if changes, err = d.withProgram(design, changes); err != nil {
			return nil, usageError{err}
		}
	}
	design, err = study.Override(design, changes)
	if err != nil {
		return nil, usageError{err}
	}
	plan, err := study.NewPlan(design, dir, lib)
	if err != nil {
		return nil, err
	}
	return plan, checkNames(plan)
}

// check finds what is wrong with the flags themselves.
func (d *designFlags) check() error {
	if d.flags.Changed("max-cost") && d.maxCost <= 0 {
		return usageError{fmt.Errorf("--max-cost must be above 0, and is %g", d.maxCost)}
	}
	if d.judge != "" {
		if err := checkJudge("judge", d.judge); err != nil {
			return err
		}
	}
	if err := annotatorsNamed("annotate", d.annotators); err != nil {
		return err
	}
	return modelsNamed("model", d.models...)
}

// withStandIns adds to the changes of a design that stand-ins take the place of
// its models. The study has a name of its own, so that no stand-in's trials are
// ever mixed with a model's, and costs nothing unless a judge or an annotator is
// named.
func withStandIns(s, changes turncoat.Study) (turncoat.Study, error) {
	models := s.Models
	if len(changes.Models) > 0 {
		models = changes.Models
	}
	changes.Models = nil
	for _, name := range models {
		standIn := name
		if !turncoat.IsStandIn(name) {
			m, ok := published.ModelOf(name)
			if !ok {
				return changes, fmt.Errorf("there is no stand-in for %s: nothing is published of it; --model standin/rate-0.30 does the harm with the probability in its name", name)
			}
			standIn = turncoat.StandInProvider + "/" + m.Name
		}
		changes.Models = append(changes.Models, standIn)
	}
	if changes.Name == "" {
		changes.Name = s.Name + "-stand-ins"
	}
	if changes.Judge == "" {
		changes.Judge = study.DefaultJudge
	}
	if len(changes.Annotators) == 0 {
		changes.Annotators = freeAnnotators(s.Annotators)
	}
	return changes, nil
}

// withProgram adds to the changes of a design that a program of the user's own is the
// agent.
func (d *designFlags) withProgram(s, changes turncoat.Study) (turncoat.Study, error) {
	if d.agent == "" {
		name, err := study.AgentOf(s, turncoat.AgentProvider+"/"+nameOf(filepath.Base(d.program)))
		if err != nil {
			return changes, err
		}
		d.agent = strings.TrimPrefix(name, turncoat.AgentProvider+"/")
	}
	return study.WithAgent(s, changes, turncoat.AgentProvider+"/"+d.agent), nil
}

// isWithdrawn reports whether a model's vendor no longer answers for it on a day.
func isWithdrawn(name string, day time.Time) bool {
	m, ok := published.ModelOf(name)
	return ok && !turncoat.IsStandIn(name) && m.WithdrawnBy(day)
}

// soon is how long before its end a model is told of.
const soon = 90 * 24 * time.Hour

// noteWithdrawn says which models their vendors no longer answer for, or will not
// for long. They may be had elsewhere, so asking for them is no mistake.
func noteWithdrawn(out io.Writer, models []string, today time.Time) {
	var withdrawn, going []string
	for _, name := range models {
		m, _ := published.ModelOf(name)
		line := fmt.Sprintf("%s (%s)", name, m.Withdrawn)
		switch {
		case isWithdrawn(name, today):
			withdrawn = append(withdrawn, line)
		case isWithdrawn(name, today.Add(soon)):
			going = append(going, line)
		}
	}
	if len(withdrawn) > 0 {
		fmt.Fprintf(out, "\nWithdrawn by their vendors, so that calls to them fail unless a base URL leads to somebody who still has them:\n  %s\n",
			strings.Join(withdrawn, "\n  "))
	}
	if len(going) > 0 {
		fmt.Fprintf(out, "\nSoon withdrawn by their vendors, so run these first:\n  %s\n", strings.Join(going, "\n  "))
	}
}

// checkNames finds names of providers, models, judges, annotators and stand-ins that do not
// exist, and stand-ins that would not know what to play. It needs no key.
func checkNames(plan *study.Plan) error {
	names := plan.Study.Models
	if _, err := judge.NameOf(plan.Study.Judge); err != nil {
		return err
	}
	names = append(slices.Clip(names), study.ReaderModels(plan.Study)...)
	for name := range plan.Study.Limits.Providers {
		if err := provider.Check(name + "/any"); err != nil && name != turncoat.StandInProvider {
			return fmt.Errorf("limits.providers: %w", err)
		}
	}
	for _, name := range names {
		if turncoat.IsAgent(name) {
			continue
		}
		if err := provider.Check(name); err != nil {
			return err
		}
	}
	for _, cell := range plan.Cells {
		if !turncoat.IsStandIn(cell.Model) {
			continue
		}
		if _, err := standin.Probability(cell.Model, worldOf(cell)); err != nil {
			return err
		}
	}
	return nil
}

// worldOf names the canonical world of a cell.
func worldOf(c study.Cell) turncoat.WorldID {
	return turncoat.WorldID{Scenario: c.Scenario, Version: c.Version, Condition: c.Condition}
}
