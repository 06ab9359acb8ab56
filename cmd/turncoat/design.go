package main

import (
	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/scenario"
	"turncoat/studies"
	"turncoat/study"
)

// designFlags are the flags that change a design for one plan.
type designFlags struct {
	models      []string
	judge       string
	trials      int
	concurrency int
	maxCost     float64
}

func (d *designFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVarP(&d.models, "model", "m", nil, "measure this `provider/name` instead of the design's models (repeatable)")
	flags.StringVar(&d.judge, "judge", "", "`rules`, or provider/name: a model's reading combined with a rule")
	flags.IntVar(&d.trials, "trials", 0, "trials of each model in each condition")
	flags.IntVar(&d.concurrency, "concurrency", 0, "trials at the same time")
	flags.Float64Var(&d.maxCost, "max-cost", 0, "US dollars that the study may spend")
}

// plan reads a design, changes it as the flags say, and makes its plan.
func (d *designFlags) plan(args []string, lib *scenario.Library) (*study.Plan, error) {
	name := studies.Quickstart
	if len(args) > 0 {
		name = args[0]
	}
	design, dir, err := readDesign(name)
	if err != nil {
		return nil, err
	}
	design, err = study.Override(design, turncoat.Study{
		Models: d.models, Judge: d.judge, Trials: d.trials,
		Limits: turncoat.Limits{Concurrency: d.concurrency, MaxCost: d.maxCost},
	})
	if err != nil {
		return nil, usageError{err}
	}
	return study.NewPlan(design, dir, lib)
}
