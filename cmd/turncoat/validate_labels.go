package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"turncoat/labelled"
	"turncoat/scenario"
)

// labelFlags say by which labels judges are measured.
type labelFlags struct {
	folders      []string
	only         bool
	study, rater string
}

func (f *labelFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.folders, "labels", nil, "`folder` of labelled transcripts of your own (repeatable)")
	cmd.Flags().BoolVar(&f.only, "only-labels", false, "leave the transcripts that come with Turncoat out")
	cmd.Flags().StringVar(&f.study, "study", "", "`study` whose trials people have judged")
	cmd.Flags().StringVar(&f.rater, "rater", "", "`name` of the one whose word counts where nothing is adjudicated (default: all who say the same)")
}

// ofStudyAlone reports whether all labels are people's, of trials of a study.
func (f *labelFlags) ofStudyAlone() bool { return f.only && len(f.folders) == 0 }

func (f *labelFlags) check() error {
	switch {
	case f.only && len(f.folders) == 0 && f.study == "":
		return errors.New("--only-labels leaves nothing to judge: name a folder with --labels, or a study with --study")
	case f.rater != "" && f.study == "":
		return errors.New("--rater is of a study: name it with --study")
	}
	return nil
}

// written returns the cases that were written to be labelled: those that come with
// Turncoat, and those in the user's folders.
func (f *labelFlags) written(lib *scenario.Library) (all []population, err error) {
	if !f.only {
		set, err := labelled.Set(lib.Get)
		if err != nil {
			return nil, err
		}
		all = append(all, population{cases: set})
	}
	if len(f.folders) > 0 {
		own, err := f.own(lib)
		if err != nil {
			return nil, err
		}
		all = append(all, population{cases: own, folders: f.folders})
	}
	return all, nil
}

// own returns the cases in the user's folders.
func (f *labelFlags) own(lib *scenario.Library) ([]labelled.Case, error) {
	var sets [][]labelled.Case
	for _, folder := range f.folders {
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
		for i := range set {
			set[i].Source = labelled.Source{Kind: labelled.SourceFolder, Name: folder}
		}
		sets = append(sets, set)
	}
	return labelled.Merge(sets...)
}
