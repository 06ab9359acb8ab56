package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
	"turncoat/labelled"
	"turncoat/rating"
	"turncoat/report"
	"turncoat/scenario"
	"turncoat/store/sqlite"
	"turncoat/study"
)

func newValidate(o *options) *cobra.Command {
	var specs []string
	var labels labelFlags
	var format, file string
	var concurrency int
	formats := []string{"terminal", "json"}
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Measure a judge on labelled transcripts",
		Long: `Validate lets a judge judge the labelled transcripts that come with Turncoat and, apart
from these, yours (--labels), and says how right it is: sensitivity, specificity and agreement with
the labels, with their intervals, by scenario, interface and kind of case, for all
transcripts and for those alone that no judge was adjusted to. It lists every
disagreement with the label's reason and the judge's. With several judges it also says
how far they agree with each other.

With --study it does the same, apart from these, on the trials of a study that people
have judged (turncoat label): by what was adjudicated, and else by what all their raters
say, or the one that --rater names. Trials on which raters disagree are left out until
somebody settles them. Verdicts that the store has of the judge are used, and nobody is
asked for them.

What models answer is kept in the store, so a validation that was interrupted goes on, and
one that is made again asks nobody. The results are kept beside the store, one for what
comes with Turncoat, one for your labels and one for each study: reports name them, and
report --corrected corrects rates by a study's own trials, or else by what comes with
Turncoat, or else by yours. One in which the judge failed never takes the place of a
complete one. No study is touched.

Exit code 3 says that a judge failed on a transcript; the same command tries it again.`,
		Example: `  turncoat judge validate --judge rules
  turncoat judge validate --judge anthropic/claude-sonnet-4-6 --judge openai/gpt-4.1
  turncoat judge validate --judge rules --labels my-labels --format json --out rules.json
  turncoat judge validate --judge openai/gpt-4.1 --study quickstart --only-labels
  turncoat judge validate --judge rules --study quickstart --rater ann`,
		Args: takes(0, 0),
	}
	cmd.Flags().StringArrayVar(&specs, "judge", nil, "`judge`: rules, provider/name or reader:provider/name (repeatable; default: rules)")
	labels.register(cmd)
	cmd.Flags().StringVar(&format, "format", "terminal", "`format`: terminal or json")
	cmd.Flags().StringVarP(&file, "out", "o", "", "write to this `file`")
	cmd.Flags().IntVar(&concurrency, "concurrency", study.DefaultConcurrency, "transcripts at the same time")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains(formats, format) {
			return usageError{fmt.Errorf("format %q does not exist; there are: %v", format, formats)}
		}
		if err := labels.check(); err != nil {
			return usageError{err}
		}
		if len(specs) == 0 {
			specs = []string{"rules"}
		}
		for _, spec := range specs {
			if err := checkJudge("judge", spec); err != nil {
				return err
			}
			if !labels.ofStudyAlone() && slices.ContainsFunc(judge.ModelsOf(spec), turncoat.IsStandIn) {
				return usageError{fmt.Errorf("the judge %s knows what stand-ins play, and the labelled transcripts are of none: "+
					"it can be measured by a study of stand-ins that people have judged, with --study NAME --only-labels", spec)}
			}
		}
		v := validator{options: o, labels: labels, concurrency: concurrency, progress: cmd.ErrOrStderr()}
		result, err := v.all(cmd.Context(), specs)
		if err != nil {
			return err
		}
		write := map[string]func(io.Writer) error{
			"terminal": func(w io.Writer) error { return report.WriteValidations(w, result) }, "json": result.JSON,
		}[format]
		if err := writeTo(cmd.OutOrStdout(), file, write); err != nil {
			return err
		}
		if !result.Complete() {
			return errIncomplete
		}
		return nil
	}
	return cmd
}

// validations returns the folder in which validations are kept.
func (o *options) validations() string { return filepath.Join(filepath.Dir(o.store), "validations") }

// validator lets judges judge labelled transcripts.
type validator struct {
	options     *options
	labels      labelFlags
	concurrency int
	progress    io.Writer
}

// population is labelled transcripts that a judge is measured on by themselves:
// those that come with Turncoat, those of the user's own, or the trials of a study.
type population struct {
	cases   []labelled.Case
	folders []string            // of the user's own
	study   string              // "" of those that were written
	people  *calibration.People // who judged the study's trials
}

func (v validator) all(ctx context.Context, specs []string) (result *calibration.Result, err error) {
	store, err := v.openStore(ctx, specs)
	if err != nil {
		return nil, err
	}
	if store != nil {
		defer func() { err = errors.Join(err, store.Close()) }()
	}
	lib, populations, err := v.populations(ctx, store)
	if err != nil {
		return nil, err
	}
	models, err := newProvider(lib, turncoat.Limits{Concurrency: v.concurrency})
	if err != nil {
		return nil, err
	}
	find := models.Model
	if store != nil {
		find = judge.Memory{Answers: store}.Models(models.Model)
	}
	result = &calibration.Result{}
	for _, p := range populations {
		if err := v.on(ctx, p, store, specs, find, result); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// openStore opens the store if anything in it is needed: a study, which must be
// there, or what models have answered. It returns nil if nothing is.
func (v validator) openStore(ctx context.Context, specs []string) (*sqlite.Store, error) {
	switch {
	case v.labels.study != "":
		return v.options.openExisting(ctx)
	case slices.ContainsFunc(specs, func(spec string) bool { return len(judge.ModelsOf(spec)) > 0 }):
		return v.options.openStore(ctx)
	}
	return nil, nil //nolint:nilnil // that nothing is needed is no error
}

// populations returns what judges are measured on, and the scenarios of it.
func (v validator) populations(ctx context.Context, store *sqlite.Store) (lib *scenario.Library, all []population, err error) {
	name := v.labels.study
	if name == "" {
		lib, err = v.options.library()
	} else {
		planned, missing := chooseStudy(ctx, store, []string{name})
		if missing != nil {
			return nil, nil, missing
		}
		lib, err = v.options.libraryOf(planned.Study)
	}
	if err != nil {
		return nil, nil, err
	}
	all, err = v.labels.written(lib)
	if err != nil || name == "" {
		return lib, all, err
	}
	cases, people, err := rating.Cases(ctx, store, lib.World, name, v.labels.rater)
	if errors.Is(err, rating.ErrNoLabels) {
		return nil, nil, fmt.Errorf("study %s: %w; `%s label %s --rater NAME` lets somebody judge, `--adjudicate` settles", name, err, self(), name)
	}
	if err != nil {
		return nil, nil, err
	}
	return lib, append(all, population{cases: cases, study: name, people: people}), nil
}

// on measures judges on a population, and keeps what it finds.
func (v validator) on(ctx context.Context, p population, store *sqlite.Store, specs []string, find func(string) (turncoat.Model, error), result *calibration.Result) error {
	var judges []string
	var judged [][]calibration.Judged
	for _, spec := range specs {
		j, err := v.open(ctx, p, store, spec, find)
		if err != nil {
			return err
		}
		one, err := v.one(ctx, p, j)
		if err != nil {
			return err
		}
		judges, judged = append(judges, j.Name()), append(judged, one)
		validation := calibration.Measure(j.Name(), version(), one)
		validation.ByPeople(p.people)
		result.Validations = append(result.Validations, validation)
		if err := v.keep(validation); err != nil {
			return err
		}
	}
	if len(judges) < 2 {
		return nil
	}
	agreement, err := calibration.Agree(judges, judged)
	if err != nil {
		return err
	}
	agreement.Study, agreement.Labels = p.study, p.folders
	result.Agreements = append(result.Agreements, agreement)
	return nil
}

// keep keeps a validation for reports, and says where.
func (v validator) keep(validation *calibration.Validation) error {
	file, err := calibration.Save(v.options.validations(), validation)
	switch {
	case errors.Is(err, calibration.ErrIncomplete):
		fmt.Fprintf(v.progress, "%s: not kept: it failed on %s, and the complete validation in %s stays\n",
			validation.Judge, count(len(validation.Failures), "transcript"), file)
	case err != nil:
		return err
	default:
		fmt.Fprintf(v.progress, "%s: kept in %s\n", validation.Judge, file)
	}
	return nil
}

// open returns a judge. Of the trials of a study it says what the store has of it,
// so one that cannot be asked is measured as far as it was asked before.
func (v validator) open(ctx context.Context, p population, store *sqlite.Store, spec string, find func(string) (turncoat.Model, error)) (turncoat.Judge, error) {
	if judge.IsHuman(spec) {
		return nil, usageError{fmt.Errorf("%s is a person, by whose word judges are measured; `%s label --agreement` says how far people agree", spec, self())}
	}
	j, err := judge.Open(spec, find)
	switch {
	case p.study == "" && err != nil && v.labels.study != "":
		return nil, fmt.Errorf("%w; with --only-labels it is measured on the study by its verdicts in the store", err)
	case p.study == "":
		return j, err
	}
	if err != nil {
		name, unknown := judge.NameOf(spec)
		if unknown != nil {
			return nil, err
		}
		j = calibration.Unasked{Named: name, Why: err}
	}
	stored, failed := calibration.NewStored(ctx, store, p.study, j)
	switch {
	case failed != nil:
		return nil, failed
	case err != nil && stored.Has(p.cases) == 0:
		return nil, err // a validation of failures alone would take the place of a good one
	}
	fmt.Fprintf(v.progress, "%s: of %s that people judged, the store has its verdicts on %d\n", j.Name(), count(len(p.cases), "trial"), stored.Has(p.cases))
	return stored, nil
}

// one lets one judge judge all transcripts of a population.
func (v validator) one(ctx context.Context, p population, j turncoat.Judge) ([]calibration.Judged, error) {
	run := calibration.Run{Judge: j, Concurrency: v.concurrency}
	if len(judge.ModelsOf(j.Name())) == 0 {
		return run.Cases(ctx, p.cases)
	}
	bar := newProgress(v.progress, j.Name())
	bar.judging, bar.labelled = true, true
	now := study.Progress{Planned: len(p.cases), Finished: len(p.cases), Annotated: len(p.cases)}
	run.Progress = func(judged, _ int) {
		now.Begun++
		now.Judged = judged
		bar.show(now)
	}
	defer func() { bar.done(now) }()
	return run.Cases(ctx, p.cases)
}
