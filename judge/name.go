package judge

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"turncoat"
)

// Lynch2025 is the source whose verdicts package lynch2025 imports.
const Lynch2025 = "lynch2025"

// foreign are the sources of verdicts that were not given here.
var foreign = []string{Lynch2025}

// ForeignName returns the name under which the verdicts of a source's own
// classifier are kept: "lynch2025:some-model".
func ForeignName(source, model string) string { return source + ":" + model }

// Foreign reads what [ForeignName] writes. Such a judge has verdicts in a store,
// and cannot be opened: whoever it was is not here.
func Foreign(name string) (source, model string, ok bool) {
	source, model, ok = strings.Cut(name, ":")
	if !ok || model == "" || !slices.Contains(foreign, source) {
		return "", "", false
	}
	return source, model, true
}

// oldRules is the name of any version of [Rules].
var oldRules = regexp.MustCompile(`^rules/[1-9][0-9]*$`)

// NameOf returns the name of the judge that a spec stands for, under which its
// verdicts are kept. It needs no model, and so no key. The name of a judge of
// another version is one, too: its verdicts may be in a store, though this program
// cannot ask it any more.
func NameOf(spec string) (string, error) {
	if _, _, ok := Foreign(spec); ok || IsHuman(spec) {
		return spec, nil
	}
	j, err := Open(spec, NameOnly)
	if err == nil {
		return j.Name(), nil
	}
	if _, err := (opener{models: NameOnly, anyVersion: true}).judge(spec); err != nil {
		return "", err // of no version at all
	}
	return spec, nil
}

// CanAsk reports whether this program can ask the judge of a spec or name, if it
// gets the models: it is neither a person, nor of elsewhere, nor of another version.
func CanAsk(spec string) bool {
	_, err := Open(spec, NameOnly)
	return err == nil
}

// ModelsOf returns the models that a judge's spec or name asks, each as often as
// it is asked about a trial, or nil for a judge that asks none.
func ModelsOf(spec string) []string {
	var asked []string
	noting := func(name string) (turncoat.Model, error) {
		asked = append(asked, name)
		return unasked(name), nil
	}
	if _, err := (opener{models: noting, anyVersion: true}).judge(spec); err != nil {
		return nil // a spec that is none asks no model
	}
	return asked
}

// HasRules reports whether the rules have a vote in what a judge says: it is the
// rules, or a panel that they are a member of.
func HasRules(spec string) bool {
	j, err := opener{models: NameOnly, anyVersion: true}.judge(spec)
	if err != nil {
		return false // people, and judges of elsewhere
	}
	switch j := j.(type) {
	case *Rules:
		return true
	case *Panel:
		return slices.ContainsFunc(j.members, func(m PanelMember) bool { return HasRules(m.Judge.Name()) })
	}
	return false
}

// AnnotatorName returns the name of the annotator that a spec stands for, under
// which its annotations are kept. It needs no model, and so no key.
func AnnotatorName(spec string) (string, error) {
	a, err := OpenAnnotator(spec, NameOnly)
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

// NameOnly is a source of models that are known by name only, and cannot be asked. It
// needs no key.
func NameOnly(name string) (turncoat.Model, error) { return unasked(name), nil }

// unasked is a model that is known by name only.
type unasked string

func (u unasked) Name() string { return string(u) }

func (u unasked) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	return nil, &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: errors.New("this model was opened for its name alone")}
}
