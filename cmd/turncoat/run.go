package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/judge"
	"turncoat/provider"
	"turncoat/queue"
	"turncoat/scenario"
	"turncoat/study"
)

// noteReplaced says which models a study measured until now and does not measure
// any more: their trials are kept, but no report shows them.
func noteReplaced(ctx context.Context, out io.Writer, store turncoat.Store, s turncoat.Study) error {
	before, err := store.Study(ctx, s.Name)
	if errors.Is(err, turncoat.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	gone := slices.DeleteFunc(slices.Clone(before.Study.Models), func(name string) bool { return slices.Contains(s.Models, name) })
	if len(gone) > 0 {
		fmt.Fprintf(out, "%s: its plan had %s until now, which this one has not. Those trials stay in the store, and come back when they are planned again; --name keeps studies apart.\n",
			s.Name, strings.Join(gone, ", "))
	}
	return nil
}

func newRun(o *options) *cobra.Command {
	var design designFlags
	var limit int
	var later bool
	var html string
	cmd := &cobra.Command{
		Use:   "run [DESIGN]",
		Short: "Carry out a study, judge it and report",
		Long: `Run brings every trial that the design asks for to a verdict, and writes a report.

DESIGN is a file, or the name of an embedded study (default: quickstart). What has
finished before is not run again: the same command continues a run that was
interrupted, runs trials again that failed, judges what has no verdict yet, and
annotates what lacks an annotation that the design or --annotate asks for. With
--judge-later it only runs trials; the command judge does the rest, in batches if you like,
and missing verdicts do not make the exit code 3.`,
		Example: `  turncoat run
  turncoat run --model anthropic/claude-opus-5-5 --max-cost 20
  turncoat run --model openai/gpt-4.1 --model openrouter/deepseek/deepseek-r1 --trials 100
  turncoat run my-study.yaml --limit 50
  turncoat run my-study.yaml --annotate belief --annotate conduct:anthropic/claude-sonnet-4-6
  turncoat run my-study.yaml --judge-later      # and then: turncoat judge my-study --batch
  turncoat run lynch2025/fig07 --stand-ins      # an experiment of the paper, with its published rates acted out
  OPENAI_BASE_URL=http://127.0.0.1:8000/v1 turncoat run --model openai-chat/my-own-model`,
		Args: takes(0, 1),
	}
	design.register(cmd)
	cmd.Flags().IntVar(&limit, "limit", 0, "start at most this many trials now")
	cmd.Flags().BoolVar(&later, "judge-later", false, "run trials, and leave judging and annotating to the command judge")
	cmd.Flags().StringVar(&html, "html", "", "write the HTML report to this `file` (default: beside the store)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		lib, err := o.library()
		if err != nil {
			return err
		}
		plan, err := design.plan(args, lib)
		if err != nil {
			return err
		}
		noteWithdrawn(cmd.ErrOrStderr(), plan.Study.Models, time.Now())
		return o.carryOut(cmd, lib, plan, carrying{limit: limit, later: later, html: html})
	}
	return cmd
}

// carrying says how a plan is carried out.
type carrying struct {
	limit    int                                                   // trials to start at the most; 0: all
	later    bool                                                  // judge and annotate nothing
	html     string                                                // file of the HTML report; empty: beside the store
	person   turncoat.Model                                        // takes the place of the models; nil: nobody does
	external *study.External                                       // the agent of the user's own; nil: there is none
	check    func(ctx context.Context, store turncoat.Store) error // before anything is planned; may be nil
}

// queue names the queue that a plan's trials wait in. Each agent of the user's own has
// one to itself, for its trials are no work for a process that runs another.
func (c carrying) queue(plan *study.Plan) string {
	if c.external != nil {
		return plan.Study.Name + "/" + c.external.Agent
	}
	return plan.Study.Name
}

// carryOut carries out a plan, and reports.
func (o *options) carryOut(cmd *cobra.Command, lib *scenario.Library, plan *study.Plan, c carrying) error {
	ctx := cmd.Context()
	models, err := newProvider(lib, plan.Study.Limits)
	if err != nil {
		return err
	}
	if _, err := openReaders(plan.Study.Judge, plan.Study.Annotators, models.Model); err != nil {
		return err // before anything is made
	}
	find, out := study.ModelSource(models.Model), cmd.ErrOrStderr()
	if c.person != nil {
		out = io.Discard // a bar would be in the way
		find = func(string) (turncoat.Model, error) { return c.person, nil }
	}
	bar := newProgress(out, plan.Study.Name)
	runner := study.Runner{
		Models: find, Worlds: lib.World, Prices: provider.PriceOf, External: c.external,
		Program: version(), Limit: c.limit, Progress: bar.show,
	}
	if err := runner.Check(plan); err != nil {
		return err
	}
	store, err := o.openStore(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	readers, err := openReaders(plan.Study.Judge, plan.Study.Annotators, judge.Memory{Answers: store}.Models(models.Model))
	if err != nil {
		return err
	}
	if !c.later {
		runner.Judge, runner.Annotators = readers.judge, readers.annotators
	}
	trials, err := queue.Open(ctx, store.DB(), o.store, c.queue(plan))
	if err != nil {
		return err
	}
	defer trials.Close()
	runner.Store, runner.Queue = store, trials
	if c.check != nil {
		if err := c.check(ctx, store); err != nil {
			return err
		}
	}
	if err := noteReplaced(ctx, cmd.ErrOrStderr(), store, plan.Study); err != nil {
		return err
	}
	progress, err := runner.Run(ctx, plan)
	bar.done(progress)
	if err != nil {
		return err
	}
	err = o.finish(cmd, lib, store, plan.Study, readers.judge.Name(), c.html)
	if c.later && errors.Is(err, errIncomplete) && progress.Finished == progress.Planned {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s: all trials have run; `%s judge %s` judges them.\n", plan.Study.Name, self(), plan.Study.Name)
		return nil // that verdicts are missing was asked for
	}
	return err
}
