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
	var annotate []string
	var concurrency int
	var again bool
	cmd := &cobra.Command{
		Use:   "judge [STUDY]",
		Short: "Judge and annotate stored transcripts, without running anything",
		Long: `Judge reads the stored transcripts of a study (default: the one planned last) and
gives each a verdict. Verdicts of several judges stand side by side; the report
shows one judge at a time. With --annotate it says what else is in them, beside the
verdicts; without --judge it then judges nothing. With neither flag it does what the
study's design asks for.

What has been read before is left alone, so an interrupted or failed judgement is
completed by the same command. It ends with the table of rates by this judge, and
writes an HTML report of its own beside the store.`,
		Example: `  turncoat judge quickstart --judge rules
  turncoat judge quickstart --judge anthropic/claude-sonnet-4-6
  turncoat judge --judge reader:openai/gpt-4.1        the model's reading alone, without the rule
  turncoat judge --judge 'panel:majority(rules,openai/gpt-4.1,anthropic/claude-sonnet-4-6)'
  turncoat judge quickstart --annotate belief --annotate conduct:anthropic/claude-sonnet-4-6
  turncoat judge validate --judge anthropic/claude-sonnet-4-6
  turncoat report quickstart --judge anthropic/claude-sonnet-4-6`,
		Args: positional(cobra.MaximumNArgs(1)),
	}
	cmd.Flags().StringVar(&spec, "judge", "", "`judge`: rules, provider/name, reader:provider/name or a panel of these (default: the study's own)")
	cmd.Flags().StringArrayVar(&annotate, "annotate", nil, annotateUsage+" (repeatable)")
	cmd.Flags().IntVar(&concurrency, "concurrency", study.DefaultConcurrency, "transcripts at the same time")
	cmd.Flags().BoolVar(&again, "again", false, "read also what has been read by this judge or annotator")
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
		only := spec == "" && len(annotate) > 0 // annotations
		if spec == "" {
			spec = planned.Study.Judge
			if !only {
				annotate = planned.Study.Annotators
			}
		}
		limits := planned.Study.Limits
		limits.Concurrency = concurrency
		models, err := newProvider(lib, limits)
		if err != nil {
			return err
		}
		bar := newProgress(cmd.ErrOrStderr(), planned.Study.Name)
		rejudger := study.Rejudger{
			Store: store, Worlds: lib.World, Prices: provider.PriceOf, Spec: spec,
			Concurrency: concurrency, Again: again, Progress: bar.show,
		}
		asked := spec
		if only {
			asked = ""
		}
		readers, err := openReaders(asked, annotate, judge.Memory{Answers: store, Again: again}.Models(models.Model))
		if err != nil {
			return err
		}
		rejudger.Judge, rejudger.Annotators = readers.judge, readers.annotators
		bar.judging, bar.annotating = !only, len(annotate) > 0
		progress, err := rejudger.Run(ctx, planned.Study.Name)
		bar.done(progress)
		if err != nil {
			return err
		}
		name, err := judge.NameOf(spec)
		if err != nil {
			return err
		}
		if err := o.finish(cmd, lib, store, planned.Study, name, ""); err != nil {
			return err
		}
		return kept(cmd, planned.Study.Name, progress)
	}
	cmd.AddCommand(newValidate(o))
	return cmd
}

// kept says what failed although the report is complete: with verdicts from
// before, or without annotations that only this command asked for.
func kept(cmd *cobra.Command, name string, p study.Progress) error {
	if unjudged := p.Finished - p.Judged; unjudged > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: the judge failed at %d transcripts, which keep the verdict they had.\n", name, unjudged)
	}
	if missing := p.Finished - p.Annotated; missing > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: an annotator failed at %d transcripts, which keep the annotation they had, if any.\n", name, missing)
	}
	if p.Finished > min(p.Judged, p.Annotated) {
		return errIncomplete
	}
	return nil
}
