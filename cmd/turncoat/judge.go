package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/judge"
	"turncoat/provider"
	"turncoat/rating"
	"turncoat/scenario"
	"turncoat/store/sqlite"
	"turncoat/study"
)

func newJudge(o *options) *cobra.Command {
	var spec string
	var annotate []string
	var concurrency int
	var again, estimate bool
	var batch batchFlags
	var checks checkFlags
	cmd := &cobra.Command{
		Use:   "judge [STUDY]",
		Short: "Judge and annotate stored transcripts, without running anything",
		Long: `Judge reads the stored transcripts of a study (default: the one planned last) and
gives each a verdict. Verdicts of several judges stand side by side; the report
shows one judge at a time. With --annotate it says what else is in them, beside the
verdicts; without --judge it then judges nothing. With neither flag it does what the
study's design asks for.

With --consistency the judge is also asked the same once more, and with the evidence in
reverse order, and with --second another judge is. The report then says how often they
agree, and flags for a person the trials on which they do not.

What has been read before is left alone, so an interrupted or failed judgement is
completed by the same command. With --batch, models are asked in batches, which Anthropic
and OpenAI answer within a day for half the price; the command waits, and can be stopped
and given again. It ends with the table of rates by this judge, and writes an HTML report
of its own beside the store.`,
		Example: `  turncoat judge quickstart --judge rules
  turncoat judge quickstart --judge anthropic/claude-sonnet-4-6
  turncoat judge --judge reader:openai/gpt-4.1        the model's reading alone, without the rule
  turncoat judge --judge 'panel:majority(rules,openai/gpt-4.1,anthropic/claude-sonnet-4-6)'
  turncoat judge quickstart --judge anthropic/claude-sonnet-4-6 --estimate
  turncoat judge quickstart --judge anthropic/claude-sonnet-4-6 --batch
  turncoat judge quickstart --judge anthropic/claude-sonnet-4-6 --consistency --second openai/gpt-4.1 --sample 200
  turncoat judge quickstart --annotate belief --annotate conduct:anthropic/claude-sonnet-4-6
  turncoat judge validate --judge anthropic/claude-sonnet-4-6
  turncoat report quickstart --judge anthropic/claude-sonnet-4-6`,
		Args: takes(0, 1),
	}
	cmd.Flags().StringVar(&spec, "judge", "", "`judge`: rules, provider/name, reader:provider/name or a panel of these (default: the study's own)")
	cmd.Flags().StringArrayVar(&annotate, "annotate", nil, annotateUsage+" (repeatable)")
	cmd.Flags().IntVar(&concurrency, "concurrency", study.DefaultConcurrency, "transcripts at the same time")
	cmd.Flags().BoolVar(&again, "again", false, "read also what has been read by this judge or annotator, and ask anew")
	batch.register(cmd)
	cmd.Flags().BoolVar(&estimate, "estimate", false, "say what would be asked and what it would cost, and ask nothing")
	checks.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if spec != "" {
			if err := checkJudge("judge", spec); err != nil {
				return err
			}
		}
		for _, second := range checks.seconds {
			if err := checkJudge("second", second); err != nil {
				return err
			}
		}
		if err := batch.check(cmd); err != nil {
			return err
		}
		if err := annotatorsNamed("annotate", annotate); err != nil {
			return err
		}
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
		asked := spec
		switch {
		case spec == "" && len(annotate) == 0:
			spec, annotate = planned.Study.Judge, planned.Study.Annotators
			asked = spec
		case spec == "":
			spec = planned.Study.Judge // annotations alone, in the report of the study's judge
		}
		others, err := checks.judges(asked)
		if err != nil {
			return err
		}
		limits := planned.Study.Limits
		limits.Concurrency = concurrency
		models, err := newProvider(lib, limits)
		if err != nil {
			return err
		}
		j := judging{cmd: cmd, lib: lib, store: store, models: models, study: planned.Study.Name, concurrency: concurrency, again: again, batch: batch, find: models.Model}
		sample, err := checks.draw(ctx, store, planned.Study.Name)
		if err != nil {
			return err
		}
		if estimate {
			j.find = judge.NameOnly
			return j.estimate(asked, annotate, others, sample)
		}
		if err := j.noteBatches(append([]string{asked}, others...), annotate); err != nil {
			return err
		}
		incomplete, err := j.read(planned.Study.Name, asked, annotate, nil)
		if err != nil {
			return err
		}
		for _, other := range others {
			less, err := j.read(planned.Study.Name+", checked by "+other, other, nil, sample)
			if err != nil {
				return err
			}
			incomplete = incomplete || less
		}
		name, err := judge.NameOf(spec)
		if err != nil {
			return err
		}
		if err := o.finish(cmd, lib, store, planned.Study, name, ""); err != nil {
			return err
		}
		if incomplete {
			return errIncomplete
		}
		return nil
	}
	cmd.AddCommand(newValidate(o))
	return cmd
}

// batchFlags say whether and how models are asked in batches.
type batchFlags struct {
	on, giveUp bool
	size       int
}

func (f *batchFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.on, "batch", false, "ask models in batches, for less money and an answer within a day")
	cmd.Flags().IntVar(&f.size, "batch-size", study.DefaultBatchSize, "questions in a batch at the most; less for an account that may queue few tokens")
	cmd.Flags().BoolVar(&f.giveUp, "give-up-batches", false, "forget the batches that are under way with these models, and ask their questions again")
}

// check refuses flags of batches without any.
func (f *batchFlags) check(cmd *cobra.Command) error {
	switch {
	case !f.on && (f.giveUp || cmd.Flags().Changed("batch-size")):
		return usageError{errors.New("--batch-size and --give-up-batches are of --batch: give it with them")}
	case f.size < 1:
		return usageError{errors.New("--batch-size must be above 0")}
	}
	return nil
}

// checkFlags say how a judge is checked by others.
type checkFlags struct {
	consistency bool
	seconds     []string
	sample      int
	seed        uint64
}

func (f *checkFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.consistency, "consistency", false, "ask the judge also a second time, and with the evidence in reverse order")
	cmd.Flags().StringArrayVar(&f.seconds, "second", nil, "check the verdicts by this `judge`, best of another family (repeatable)")
	cmd.Flags().IntVar(&f.sample, "sample", 0, "check only this `number` of trials, drawn at random (default: all)")
	cmd.Flags().Uint64Var(&f.seed, "seed", 1, "`seed` of that draw")
}

// judges returns the judges that check one, none if it judges nothing.
func (f *checkFlags) judges(spec string) ([]string, error) {
	if !f.consistency && len(f.seconds) == 0 {
		if f.sample != 0 {
			return nil, usageError{errors.New("--sample is of --consistency and --second: name one of them")}
		}
		return nil, nil
	}
	if spec == "" {
		return nil, usageError{errors.New("--consistency and --second check a judge: name it with --judge")}
	}
	var others []string
	if f.consistency {
		for _, variant := range []func(string) (string, error){judge.SecondReading, judge.OtherOrder} {
			other, err := variant(spec)
			if err != nil {
				return nil, usageError{fmt.Errorf("--consistency: %w; check it by another judge with --second", err)}
			}
			others = append(others, other)
		}
	}
	return append(others, f.seconds...), nil
}

// draw returns the trials that are checked, nil if all are.
func (f *checkFlags) draw(ctx context.Context, store turncoat.Store, name string) (map[turncoat.TrialID]bool, error) {
	if f.sample == 0 {
		return nil, nil
	}
	ids, err := rating.Sample{Size: f.sample, Seed: f.seed}.Draw(ctx, store, name)
	if err != nil {
		return nil, err
	}
	sample := map[turncoat.TrialID]bool{}
	for _, id := range ids {
		sample[id] = true
	}
	return sample, nil
}

// judging has judges read a study.
type judging struct {
	cmd         *cobra.Command
	lib         *scenario.Library
	store       *sqlite.Store
	models      *provider.Provider
	find        func(name string) (turncoat.Model, error) // who is asked; by name only, if nobody is
	study       string
	concurrency int
	again       bool
	batch       batchFlags
}

// rejudger returns what has a judge, or none, and annotators read trials.
func (j judging) rejudger(spec string, annotators []string, trials map[turncoat.TrialID]bool) *study.Rejudger {
	return &study.Rejudger{
		Store: j.store, Worlds: j.lib.World, Prices: provider.PriceOf, Spec: spec, Concurrency: j.concurrency, Trials: trials, Again: j.again,
		Readers: func(m judge.Memory) (turncoat.Judge, []turncoat.Annotator, error) {
			r, err := openReaders(spec, annotators, m.Models(j.find))
			return r.judge, r.annotators, err
		},
	}
}

// read has one judge, or none, and annotators read trials, and says what failed
// although the report may be complete: with verdicts from before, or without what
// only this command asked for.
func (j judging) read(title, spec string, annotators []string, trials map[turncoat.TrialID]bool) (incomplete bool, err error) {
	bar := newProgress(j.cmd.ErrOrStderr(), title)
	bar.judging, bar.annotating = spec != "", len(annotators) > 0
	r := j.rejudger(spec, annotators, trials)
	r.Progress = bar.show
	if j.batch.on {
		r.Batches = &study.Batches{
			Models: j.models.BatchModel, Pause: pause, Progress: j.showBatches, Size: j.batch.size, GiveUp: j.batch.giveUp,
		}
	}
	p, err := r.Run(j.cmd.Context(), j.study)
	bar.done(p)
	if err != nil {
		return false, err
	}
	if unjudged := p.Finished - p.Judged; unjudged > 0 {
		fmt.Fprintf(j.cmd.ErrOrStderr(), "%s: the judge %s failed at %d transcripts, which keep the verdict they had, if any.\n", j.study, spec, unjudged)
	}
	if missing := p.Finished - p.Annotated; missing > 0 {
		fmt.Fprintf(j.cmd.ErrOrStderr(), "%s: an annotator failed at %d transcripts, which keep the annotation they had, if any.\n", j.study, missing)
	}
	return p.Finished > min(p.Judged, p.Annotated), nil
}

// noteBatches says which batches are under way with the models of judges and
// annotators that are about to be asked without: the answers are paid for.
func (j judging) noteBatches(judges, annotators []string) error {
	if j.batch.on {
		return nil
	}
	batches, err := j.store.Batches(j.cmd.Context())
	if err != nil {
		return err
	}
	models := study.ReaderModels(turncoat.Study{Annotators: annotators})
	for _, spec := range judges {
		models = append(models, judge.ModelsOf(spec)...)
	}
	n, questions := 0, 0
	for _, b := range batches {
		if slices.Contains(models, b.Model) {
			n, questions = n+1, questions+b.Requests
		}
	}
	if n > 0 {
		fmt.Fprintf(j.cmd.ErrOrStderr(), "%s: %s with %d questions under way with these models; --batch fetches the answers, which without it are asked for again.\n",
			j.study, counted(n, "batch is", "batches are"), questions)
	}
	return nil
}

// betweenLooks is how long batches that are under way are left alone. They take
// minutes at the least.
const betweenLooks = 30 * time.Second

// pause waits between two looks at batches.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(betweenLooks):
		return nil
	}
}

func (j judging) showBatches(p study.BatchProgress) {
	if p.Batches > 0 {
		fmt.Fprintf(j.cmd.ErrOrStderr(), "%s: %s under way, %d of %d questions answered; the command can be stopped and given again.\n",
			j.study, counted(p.Batches, "batch", "batches"), p.Answered, p.Questions)
	}
}

// estimate says what all readings would ask.
func (j judging) estimate(spec string, annotators, others []string, sample map[turncoat.TrialID]bool) error {
	all, err := j.rejudger(spec, annotators, nil).Need(j.cmd.Context(), j.study)
	if err != nil {
		return err
	}
	for _, other := range others {
		more, err := j.rejudger(other, nil, sample).Need(j.cmd.Context(), j.study)
		if err != nil {
			return err
		}
		all = all.Add(more)
	}
	return printNeed(j.cmd.OutOrStdout(), all)
}
