package labelled

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"turncoat/scenario"
)

// files holds the set that comes with Turncoat: a folder for each scenario, and in
// it a file for each kind of case.
//
//go:embed set
var files embed.FS

// Set returns the cases that come with Turncoat, in the order of their files.
func Set(scenarios Scenarios) ([]Case, error) {
	folder, err := fs.Sub(files, "set")
	if err != nil {
		return nil, err
	}
	cases, problems := Read(folder, scenarios)
	if len(problems) > 0 {
		return nil, scenario.Problems(problems)
	}
	for i, c := range cases {
		cases[i].Source = Source{Kind: SourceSet}
		if should := IsHeldOut(c.Name); c.HeldOut != should {
			return nil, fmt.Errorf("%s has held_out: %v, and by its name it must be %v", c.Name, c.HeldOut, should)
		}
	}
	return cases, nil
}

// Merge puts the sets of several folders together. A name that occurs twice is an error.
func Merge(sets ...[]Case) ([]Case, error) {
	var all []Case
	seen := map[string]bool{}
	for _, set := range sets {
		for _, c := range set {
			if seen[c.Name] {
				return nil, errors.New("two folders have a transcript with the name " + c.Name + ": call one of them otherwise, or its kind")
			}
			seen[c.Name] = true
			all = append(all, c)
		}
	}
	return all, nil
}
