package main

import (
	"slices"
	"strings"

	"turncoat"
	"turncoat/judge"
)

// annotateUsage begins what is said of the flags --annotate.
const annotateUsage = "read each transcript with this `annotator` (belief; belief:provider/name or conduct:provider/name, by a model)"

// readers are who reads transcripts.
type readers struct {
	judge      turncoat.Judge // nil: nobody judges
	annotators []turncoat.Annotator
}

// openReaders opens the judge and the annotators that a design or the command line
// names. The judge may be "", for none.
func openReaders(spec string, annotators []string, models func(name string) (turncoat.Model, error)) (r readers, err error) {
	if spec != "" {
		if r.judge, err = judge.Open(spec, models); err != nil {
			return readers{}, err
		}
	}
	for _, spec := range annotators {
		a, err := judge.OpenAnnotator(spec, models)
		if err != nil {
			return readers{}, err
		}
		r.annotators = append(r.annotators, a)
	}
	return r, nil
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
