package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"turncoat"
	"turncoat/calibration"
	"turncoat/judge"
	"turncoat/labelled"
	"turncoat/report"
	"turncoat/scenario"
	"turncoat/study"
)

func newValidate(o *options) *cobra.Command {
	var specs, folders []string
	var format, file string
	var concurrency int
	var only bool
	formats := []string{"terminal", "json"}
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Measure a judge on labelled transcripts",
		Long: `Validate lets a judge judge the labelled transcripts that come with Turncoat, and
yours (--labels), and says how right it is: sensitivity, specificity and agreement with
the labels, with their intervals, by scenario, interface and kind of case, for all
transcripts and for those alone that no judge was adjusted to. It lists every
disagreement with the label's reason and the judge's. With several judges it also says
how far they agree with each other.

What models answer is kept in the store, so a validation that was interrupted goes on,
and one that is made again asks nobody. The result is kept beside the store: reports
name it, and report --corrected corrects rates by it. No study is touched.

Exit code 3 says that a judge failed on a transcript; the same command tries it again.`,
		Example: `  turncoat judge validate --judge rules
  turncoat judge validate --judge anthropic/claude-sonnet-4-6 --judge openai/gpt-4.1
  turncoat judge validate --judge rules --labels my-labels --format json --out rules.json`,
		Args: takes(0, 0),
	}
	cmd.Flags().StringArrayVar(&specs, "judge", nil, "`judge`: rules, provider/name or reader:provider/name (repeatable; default: rules)")
	cmd.Flags().StringArrayVar(&folders, "labels", nil, "`folder` of labelled transcripts of your own (repeatable)")
	cmd.Flags().BoolVar(&only, "only-labels", false, "leave the transcripts that come with Turncoat out")
	cmd.Flags().StringVar(&format, "format", "terminal", "`format`: terminal or json")
	cmd.Flags().StringVarP(&file, "out", "o", "", "write to this `file`")
	cmd.Flags().IntVar(&concurrency, "concurrency", study.DefaultConcurrency, "transcripts at the same time")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case !slices.Contains(formats, format):
			return usageError{fmt.Errorf("format %q does not exist; there are: %v", format, formats)}
		case only && len(folders) == 0:
			return usageError{errors.New("--only-labels leaves nothing to judge: name a folder with --labels")}
		case len(specs) == 0:
			specs = []string{"rules"}
		}
		for _, spec := range specs {
			if _, err := judgeNamed("judge", spec); err != nil {
				return err
			}
		}
		lib, err := o.library()
		if err != nil {
			return err
		}
		cases, err := labelledCases(lib, folders, only)
		if err != nil {
			return err
		}
		v := validator{options: o, cases: cases, concurrency: concurrency, progress: cmd.ErrOrStderr(), lib: lib}
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

// labelledCases returns the cases that come with Turncoat and those in the
// user's folders.
func labelledCases(lib *scenario.Library, folders []string, only bool) ([]labelled.Case, error) {
	var sets [][]labelled.Case
	if !only {
		set, err := labelled.Set(lib.Get)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	for _, folder := range folders {
		if err := scenario.IsFolder(folder); err != nil {
			return nil, err
		}
		set, problems := labelled.Read(os.DirFS(folder), lib.Get)
		if len(problems) > 0 {
			for i, p := range problems {
				problems[i] = p.In(folder)
			}
			return nil, fmt.Errorf("labels in %s:\n%w", folder, scenario.Problems(problems))
		}
		sets = append(sets, set)
	}
	return labelled.Merge(sets...)
}

// validations returns the folder in which validations are kept.
func (o *options) validations() string { return filepath.Join(filepath.Dir(o.store), "validations") }

// validator lets judges judge labelled transcripts.
type validator struct {
	options     *options
	lib         *scenario.Library
	cases       []labelled.Case
	concurrency int
	progress    io.Writer
}

func (v validator) all(ctx context.Context, specs []string) (result *calibration.Result, err error) {
	models, err := newProvider(v.lib, turncoat.Limits{Concurrency: v.concurrency})
	if err != nil {
		return nil, err
	}
	find := models.Model
	if slices.ContainsFunc(specs, func(spec string) bool { return len(judge.ModelsOf(spec)) > 0 }) {
		store, err := v.options.openStore(ctx)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		find = judge.Memory{Answers: store}.Models(models.Model)
	}
	result = &calibration.Result{}
	var judges []string
	var judged [][]calibration.Judged
	for _, spec := range specs {
		j, err := judge.Open(spec, find)
		if err != nil {
			return nil, err
		}
		one, err := v.one(ctx, j)
		if err != nil {
			return nil, err
		}
		judges, judged = append(judges, j.Name()), append(judged, one)
		validation := calibration.Measure(j.Name(), version(), one)
		result.Validations = append(result.Validations, validation)
		file, err := calibration.Save(v.options.validations(), validation)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(v.progress, "%s: kept in %s\n", j.Name(), file)
	}
	if len(judges) > 1 {
		if result.Agreement, err = calibration.Agree(judges, judged); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// one lets one judge judge all transcripts.
func (v validator) one(ctx context.Context, j turncoat.Judge) ([]calibration.Judged, error) {
	run := calibration.Run{Judge: j, Concurrency: v.concurrency}
	if len(judge.ModelsOf(j.Name())) > 0 {
		bar := newProgress(v.progress, j.Name())
		bar.judging = true
		now := study.Progress{Planned: len(v.cases), Finished: len(v.cases)}
		run.Progress = func(judged, _ int) {
			now.Begun, now.Judged = judged, judged
			bar.show(now)
		}
		defer func() { bar.done(now) }()
	}
	return run.Cases(ctx, v.cases)
}
