package judge

import (
	"errors"
	"fmt"
	"strings"

	"turncoat"
	"turncoat/scheme"
)

// annotatorForms says what an annotator's spec can be.
const annotatorForms = `an annotator is "belief" (what the agent states about being evaluated, by rules), "belief:provider/model" or "conduct:provider/model", e.g. conduct:anthropic/claude-sonnet-4-6`

// OpenAnnotator returns the annotator that a spec names:
//
//	belief                   what the agent states, by rules; see [Belief]
//	belief:provider/model    the same, as a language model reads it; see [ModelAnnotator]
//	conduct:provider/model   what else the agent did, as a language model reads it
//
// A model may be followed by settings as in [Open]. The name of an annotator of
// this version is a spec of it, too.
//
// Models finds a model by its name; it is not called for rules.
func OpenAnnotator(spec string, models func(name string) (turncoat.Model, error)) (turncoat.Annotator, error) {
	if spec == "" {
		return nil, errors.New("no annotator is named: " + annotatorForms)
	}
	if kind, version, named := strings.Cut(spec, "/"); kind == scheme.Belief {
		if b := NewBelief(); named && spec != b.Name() {
			return nil, fmt.Errorf("annotator %q: this program has %s and no version %q of it", spec, b.Name(), version)
		}
		return NewBelief(), nil
	}
	s, rest, ok := cutScheme(spec)
	if !ok {
		return nil, fmt.Errorf("annotator %q: %s", spec, annotatorForms)
	}
	name, query, _ := strings.Cut(strings.TrimSuffix(rest, "/"+annotatorVersion), "?")
	if provider, model, ok := strings.Cut(name, "/"); !ok || provider == "" || model == "" {
		return nil, fmt.Errorf("annotator %q: %q is no model: %s", spec, name, annotatorForms)
	}
	settings, err := parseSettings(query)
	if err != nil {
		return nil, fmt.Errorf("annotator %q: %w", spec, err)
	}
	model, err := models(name)
	if err != nil {
		return nil, fmt.Errorf("annotator %q: %w", spec, err)
	}
	return NewModelAnnotator(s, model, settings), nil
}

// cutScheme cuts the scheme from the spec or name of an annotator with a model.
func cutScheme(spec string) (s *scheme.Scheme, rest string, ok bool) {
	name, rest, ok := strings.Cut(spec, ":")
	if !ok {
		return nil, "", false
	}
	s, ok = scheme.Named(name)
	return s, rest, ok
}

// SchemeOf returns the scheme by which the annotator of a spec or name reads,
// of any version, and whether it is an annotator's.
func SchemeOf(name string) (*scheme.Scheme, bool) {
	if kind, _, _ := strings.Cut(name, "/"); kind == scheme.Belief {
		return scheme.Named(scheme.Belief)
	}
	s, _, ok := cutScheme(name)
	return s, ok
}
