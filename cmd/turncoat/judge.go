package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"turncoat/judge"
	"turncoat/provider"
	"turncoat/study"
)

func newJudge(o *options) *cobra.Command {
	var spec string
	var concurrency int
	var again bool
	cmd := &cobra.Command{
		Use:   "judge [STUDY]",
		Short: "Judge stored transcripts, without running anything",
		Long: `Judge reads the stored transcripts of a study (default: the one planned last) and
gives each a verdict. Verdicts of several judges stand side by side; the report
shows one judge at a time. What the judge has judged before is left alone, so an
interrupted or failed judgement is completed by the same command. It ends with the
table of rates by this judge, and writes an HTML report of its own beside the store.`,
		Example: `  turncoat judge quickstart --judge rules
  turncoat judge quickstart --judge anthropic/claude-sonnet-4-5
  turncoat judge --judge reader:openai/gpt-4.1        the model's reading alone, without the rule
  turncoat report quickstart --judge anthropic/claude-sonnet-4-5`,
		Args: positional(cobra.MaximumNArgs(1)),
	}
	cmd.Flags().StringVar(&spec, "judge", "", "`judge`: rules, provider/name or reader:provider/name (default: the study's own)")
	cmd.Flags().IntVar(&concurrency, "concurrency", study.DefaultConcurrency, "transcripts at the same time")
	cmd.Flags().BoolVar(&again, "again", false, "judge also what has a verdict of this judge")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx := cmd.Context()
		store, err := o.openExisting(ctx)
		if err != nil {
			return err
		}
		defer store.Close()
		planned, err := chooseStudy(ctx, store, args)
		if err != nil {
			return err
		}
		lib, err := o.libraryOf(planned.Study)
		if err != nil {
			return err
		}
		if spec == "" {
			spec = planned.Study.Judge
		}
		limits := planned.Study.Limits
		limits.Concurrency = concurrency
		models, err := newProvider(lib, limits)
		if err != nil {
			return err
		}
		verdicts, err := judge.Open(spec, models.Model)
		if err != nil {
			return err
		}
		bar := newProgress(cmd.ErrOrStderr(), planned.Study.Name)
		bar.judging = true
		rejudger := study.Rejudger{
			Store: store, Worlds: lib.World, Prices: provider.PriceOf, Judge: verdicts, Spec: spec,
			Concurrency: concurrency, Again: again, Progress: bar.show,
		}
		progress, err := rejudger.Run(ctx, planned.Study.Name)
		bar.done(progress)
		if err != nil {
			return err
		}
		if err := o.finish(cmd, lib, store, planned.Study, verdicts.Name(), ""); err != nil {
			return err
		}
		if kept := progress.Finished - progress.Judged; kept > 0 { // the report is complete, with verdicts from before
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: the judge failed at %d transcripts, which keep the verdict they had.\n", planned.Study.Name, kept)
			return errIncomplete
		}
		return nil
	}
	return cmd
}
