package judge

import (
	"context"
	"errors"

	"turncoat"
)

// NameOf returns the name of the judge that a spec stands for, under which its
// verdicts are kept. It needs no model, and so no key.
func NameOf(spec string) (string, error) {
	j, err := Open(spec, func(name string) (turncoat.Model, error) { return unasked(name), nil })
	if err != nil {
		return "", err
	}
	return j.Name(), nil
}

// ModelOf returns the model that a judge's spec or name asks, or "" for a judge
// that asks none.
func ModelOf(spec string) string {
	var asked string
	_, _ = Open(spec, func(name string) (turncoat.Model, error) {
		asked = name
		return unasked(name), nil
	}) // a spec that is none asks no model
	return asked
}

// AnnotatorName returns the name of the annotator that a spec stands for, under
// which its annotations are kept. It needs no model, and so no key.
func AnnotatorName(spec string) (string, error) {
	a, err := OpenAnnotator(spec, func(name string) (turncoat.Model, error) { return unasked(name), nil })
	if err != nil {
		return "", err
	}
	return a.Name(), nil
}

// AnnotatorModel returns the model that an annotator's spec or name asks, or ""
// for an annotator that asks none.
func AnnotatorModel(spec string) string {
	var asked string
	_, _ = OpenAnnotator(spec, func(name string) (turncoat.Model, error) {
		asked = name
		return unasked(name), nil
	}) // a spec that is none asks no model
	return asked
}

// unasked is a model that is known by name only.
type unasked string

func (u unasked) Name() string { return string(u) }

func (u unasked) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	return nil, &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: errors.New("this model was opened for its name alone")}
}
