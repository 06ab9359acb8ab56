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

// unasked is a model that is known by name only.
type unasked string

func (u unasked) Name() string { return string(u) }

func (u unasked) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	return nil, &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: errors.New("this model was opened for its name alone")}
}
