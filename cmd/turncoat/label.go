package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/judge"
	"turncoat/rating"
	"turncoat/report"
	"turncoat/scenario"
)

func newLabel(o *options) *cobra.Command {
	var rater, format, export string
	var sample, stratified int
	var seed uint64
	var flagged, adjudicate, agreement bool
	formats := []string{"terminal", "json"}
	cmd := &cobra.Command{
		Use:   "label [STUDY]",
		Short: "Judge transcripts yourself, blind, and see how far raters agree",
		Long: `Label shows the finished trials of a study (default: the one planned last), one after
the other, and asks what happened and why. You see the question, who is who, and what the
agent did and wrote; not the model, the condition, or what any judge says. Each answer is
kept at once, as the verdict of the judge human:NAME, so a session can be left at any time
and the same command goes on.

The order is drawn by --seed, and is the same for all raters. With --flagged you judge what
reports flag: a judge doubts its own verdict, or judges that read disagree. With --adjudicate you see
what raters disagree about, with what each of them says, and your word is kept as
human:adjudicated, beside what they all say alike. turncoat judge validate --study measures
judges by what people have said.`,
		Example: `  turncoat label quickstart --rater ann --sample 20
  turncoat label quickstart --rater bob --stratified 5     five of each model in each condition
  turncoat label quickstart --rater ann --flagged          what judges doubt or disagree about
  turncoat label quickstart --agreement --format json
  turncoat label quickstart --export ratings.csv           all ratings, with trial, model and condition
  turncoat label quickstart --adjudicate
  turncoat report quickstart --judge human:ann`,
		Args: takes(0, 1),
	}
	cmd.Flags().StringVar(&rater, "rater", "", "`name` of who judges")
	cmd.Flags().IntVar(&sample, "sample", 0, "judge this `number` of trials, drawn at random (default: all)")
	cmd.Flags().IntVar(&stratified, "stratified", 0, "judge this `number` of trials of each model in each condition")
	cmd.Flags().BoolVar(&flagged, "flagged", false, "judge only trials whose verdict reports flag for a person")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "`seed` of the draw and of the order")
	cmd.Flags().BoolVar(&adjudicate, "adjudicate", false, "settle what raters disagree about")
	cmd.Flags().BoolVar(&agreement, "agreement", false, "show how far raters agree, and judge nothing")
	cmd.Flags().StringVar(&format, "format", "terminal", "`format` of the agreement: terminal or json")
	cmd.Flags().StringVar(&export, "export", "", "write all ratings to this CSV `file`, and judge nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		for _, names := range [][]string{{"sample", "stratified"}, {"rater", "adjudicate", "agreement", "export"}} {
			if err := exclusive(cmd, names...); err != nil {
				return err
			}
		}
		switch {
		case !slices.Contains(formats, format):
			return usageError{fmt.Errorf("format %q does not exist; there are: %v", format, formats)}
		case cmd.Flags().Changed("format") && !agreement:
			return usageError{errors.New("--format is that of the agreement: give --agreement with it")}
		}
		name := judge.Adjudicated
		if !adjudicate && !agreement && export == "" {
			var err error
			if name, err = judge.HumanName(rater); err != nil {
				return usageError{fmt.Errorf("--rater: %w", err)}
			}
		}
		ctx := cmd.Context()
		open := o.openExisting
		if agreement || export != "" {
			open = o.openToRead
		}
		store, err := open(ctx)
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
		l := labeller{cmd: cmd, store: store, lib: lib, study: planned.Study.Name, judge: name}
		switch {
		case agreement:
			return l.agreement(format)
		case export != "":
			return l.export(export)
		case adjudicate:
			return l.adjudicate()
		}
		draw := rating.Sample{Size: sample, Seed: seed, Flagged: flagged}
		if stratified > 0 {
			draw.Size, draw.PerCell = stratified, true
		}
		return l.rate(draw)
	}
	return cmd
}

// labeller carries out the command.
type labeller struct {
	cmd   *cobra.Command
	store turncoat.Store
	lib   *scenario.Library
	study string
	judge string // the name that verdicts are kept under
}

func (l labeller) rate(sample rating.Sample) error {
	ctx := l.cmd.Context()
	ids, err := sample.Draw(ctx, l.store, l.study)
	if err != nil {
		return err
	}
	if len(ids) == 0 && sample.Flagged {
		fmt.Fprintf(l.cmd.OutOrStdout(), "Study %s has no trial whose verdict is flagged.\n", l.study)
		return nil
	}
	if len(ids) == 0 {
		return fmt.Errorf("study %s has no finished trial; `%s run` makes some", l.study, self())
	}
	items, err := rating.Unrated(ctx, l.store, l.study, l.judge, ids)
	if err != nil {
		return err
	}
	return l.session(items, len(ids))
}

func (l labeller) adjudicate() error {
	ctx := l.cmd.Context()
	ratings, err := rating.ReadRatings(ctx, l.store, l.study)
	if err != nil {
		return err
	}
	accepted, err := ratings.AcceptCommon(ctx, l.store)
	if err != nil {
		return err
	}
	out := l.cmd.OutOrStdout()
	if accepted > 0 {
		fmt.Fprintf(out, "Accepted, because all raters say the same: %s.\n", count(accepted, "trial"))
	}
	disputed := ratings.Disputed()
	fmt.Fprintf(out, "Raters disagree about %s.\n", count(len(disputed), "trial"))
	for _, t := range disputed {
		fmt.Fprintf(out, "  %s  %s\n", t.ID, t.Said())
	}
	return l.session(ratings.Contested(), len(disputed))
}

func (l labeller) agreement(format string) error {
	ratings, err := rating.ReadRatings(l.cmd.Context(), l.store, l.study)
	if err != nil {
		return err
	}
	agreement, err := ratings.Agreement()
	if err != nil {
		return fmt.Errorf("study %s: %w; `%s label %s --rater NAME` adds one", l.study, err, self(), l.study)
	}
	if format == "json" {
		return agreement.JSON(l.cmd.OutOrStdout())
	}
	return agreement.Terminal(l.cmd.OutOrStdout())
}

// export writes what everybody says of every trial.
func (l labeller) export(file string) error {
	ratings, err := rating.ReadRatings(l.cmd.Context(), l.store, l.study)
	if err != nil {
		return err
	}
	all := ratings.All()
	if len(all) == 0 {
		return fmt.Errorf("nobody has judged a trial of the study %s; `%s label %s --rater NAME` does", l.study, self(), l.study)
	}
	if err := writeTo(nil, file, func(w io.Writer) error { return report.WriteRatings(w, all) }); err != nil {
		return err
	}
	settled := 0
	for _, r := range all {
		if r.Judgement.Judge == judge.Adjudicated {
			settled++
		}
	}
	fmt.Fprintf(l.cmd.OutOrStdout(), "%s of %s by %s, and %s, in %s. The file names models and conditions: keep it from who is still to judge.\n",
		count(len(all)-settled, "rating"), count(len(ratings.Trials), "trial"), count(len(ratings.Raters), "rater"), count(settled, "adjudication"), file)
	return nil
}

// session asks about the items, which are what is left of all.
func (l labeller) session(items []rating.Item, all int) error {
	s := rating.Session{
		Store: l.store, Worlds: l.lib.World, Judge: l.judge,
		In: l.cmd.InOrStdin(), Out: l.cmd.OutOrStdout(),
	}
	done, err := s.Run(l.cmd.Context(), items)
	if err != nil {
		return err
	}
	left := len(items) - done
	fmt.Fprintf(l.cmd.OutOrStdout(), "\n%s: %d of %d judged.\n", l.judge, all-left, all)
	if left > 0 {
		fmt.Fprintf(l.cmd.ErrOrStderr(), "%s: %s left; the same command goes on.\n", l.study, count(left, "trial"))
		return errIncomplete
	}
	return nil
}
