package main

import (
	"github.com/spf13/cobra"

	"turncoat/judge"
	"turncoat/provider"
	"turncoat/queue"
	"turncoat/study"
)

func newRun(o *options) *cobra.Command {
	var design designFlags
	var limit int
	var html string
	cmd := &cobra.Command{
		Use:   "run [DESIGN]",
		Short: "Carry out a study, judge it and report",
		Long: `Run brings every trial that the design asks for to a verdict, and writes a report.

DESIGN is a file, or the name of an embedded study (default: quickstart). What has
finished before is not run again: the same command continues a run that was
interrupted, runs trials again that failed, and judges what has no verdict yet.`,
		Example: `  turncoat run
  turncoat run --model anthropic/claude-opus-4-1 --max-cost 20
  turncoat run --model openai/gpt-4.1 --model openrouter/deepseek/deepseek-r1 --trials 100
  turncoat run my-study.yaml --limit 50
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 turncoat run --model openai-chat/my-own-model`,
		Args: positional(cobra.MaximumNArgs(1)),
	}
	design.register(cmd)
	cmd.Flags().IntVar(&limit, "limit", 0, "start at most this many trials now")
	cmd.Flags().StringVar(&html, "html", "", "write the HTML report to this `file` (default: beside the store)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		lib, err := o.library()
		if err != nil {
			return err
		}
		plan, err := design.plan(args, lib)
		if err != nil {
			return err
		}
		models, err := newProvider(lib, plan.Study.Limits)
		if err != nil {
			return err
		}
		verdicts, err := judge.Open(plan.Study.Judge, models.Model)
		if err != nil {
			return err
		}
		bar := newProgress(cmd.ErrOrStderr(), plan.Study.Name)
		runner := study.Runner{
			Models: models.Model, Worlds: lib.World, Prices: provider.PriceOf, Judge: verdicts,
			Program: version(), Limit: limit, Progress: bar.show,
		}
		if err := runner.Check(plan); err != nil {
			return err
		}
		store, err := o.openStore(ctx)
		if err != nil {
			return err
		}
		defer store.Close()
		trials, err := queue.Open(ctx, store.DB(), o.store, plan.Study.Name)
		if err != nil {
			return err
		}
		defer trials.Close()
		runner.Store, runner.Queue = store, trials
		progress, err := runner.Run(ctx, plan)
		bar.done(progress)
		if err != nil {
			return err
		}
		return o.finish(cmd, store, plan.Study.Name, verdicts.Name(), html)
	}
	return cmd
}
