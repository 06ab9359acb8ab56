package main

import (
	"slices"
	"strings"

	"turncoat"
	"turncoat/judge"
)

// annotateUsage begins what is said of the flags --annotate.
const annotateUsage = "read each transcript with this `annotator` (belief; belief:provider/name or conduct:provider/name, by a model)"

// openAnnotators opens the annotators that a design or the command line names.
func openAnnotators(specs []string, models func(name string) (turncoat.Model, error)) ([]turncoat.Annotator, error) {
	var annotators []turncoat.Annotator
	for _, spec := range specs {
		a, err := judge.OpenAnnotator(spec, models)
		if err != nil {
			return nil, err
		}
		annotators = append(annotators, a)
	}
	return annotators, nil
}

// listAnnotators writes the annotators of a design, to follow its judge.
func listAnnotators(specs []string) string {
	switch len(specs) {
	case 0:
		return ""
	case 1:
		return "; annotator: " + specs[0]
	}
	return "; annotators: " + strings.Join(specs, ", ")
}

// freeAnnotators returns what costs nothing in the place of each annotator: rules
// where there are such, or else the stand-in judge, which knows what stand-ins
// play.
func freeAnnotators(specs []string) []string {
	var free []string
	for _, spec := range specs {
		s, ok := judge.SchemeOf(spec)
		if !ok {
			continue // reading the design has refused it
		}
		name := s.Name
		if _, err := judge.AnnotatorName(name); err != nil {
			name += ":" + turncoat.StandInProvider + "/judge"
		}
		if !slices.Contains(free, name) {
			free = append(free, name)
		}
	}
	return free
}
