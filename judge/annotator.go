package judge

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"turncoat"
	"turncoat/scheme"
)

// annotatorVersion is the version of [ModelAnnotator]. It rises with every
// change of the prompt, of a scheme, of the answer's form, or of what is done
// with an answer.
const annotatorVersion = "1"

// ModelAnnotator is an annotator that has a language model read the transcript
// by a scheme. Its quotes must stand in the transcript; an answer that cannot be
// used is asked for again, and is an error when the attempts run out.
type ModelAnnotator struct {
	scheme   *scheme.Scheme
	model    turncoat.Model
	settings Settings
}

// NewModelAnnotator returns an annotator that asks the given model.
func NewModelAnnotator(s *scheme.Scheme, model turncoat.Model, settings Settings) *ModelAnnotator {
	return &ModelAnnotator{scheme: s, model: model, settings: settings.sound()}
}

// Name returns "scheme:provider/model/1", with the settings that differ from the
// default ones after the model.
func (a *ModelAnnotator) Name() string {
	return a.scheme.Name + ":" + a.model.Name() + a.settings.String() + "/" + annotatorVersion
}

// Annotate asks the model, and returns its answer as an annotation.
func (a *ModelAnnotator) Annotate(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (turncoat.Annotation, error) {
	annotation, err := a.annotate(ctx, w, t)
	if err != nil {
		return turncoat.Annotation{}, fmt.Errorf("annotator %s: %w", a.Name(), err)
	}
	return annotation, nil
}

func (a *ModelAnnotator) annotate(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (turncoat.Annotation, error) {
	if err := admitConduct(w, t); err != nil {
		return turncoat.Annotation{}, err
	}
	record := recordOf(w, t)
	system, user, err := annotatorPrompt(a.scheme, w, record, a.settings.Reversed)
	if err != nil {
		return turncoat.Annotation{}, err
	}
	form := &labelling{scheme: a.scheme, record: record}
	ask := inquiry{
		model: a.model, settings: a.settings, cue: turncoat.Cue{Trial: t.Trial, Part: turncoat.AnnotatorPart(a.scheme.Name)},
		system: system, user: user, form: form,
	}
	if err := ask.run(ctx); err != nil {
		return turncoat.Annotation{}, having(err, ask.spent())
	}
	return turncoat.Annotation{
		Scheme: a.scheme.Name, SchemeVersion: a.scheme.Version,
		Labels: form.labels, Rationale: form.reasoning, Flags: ask.flags, Model: ask.returned, Usage: ask.usage(), Charges: ask.charges(),
	}, nil
}

// annotatorPrompt returns what a model is told of a scheme, a world and a
// record.
func annotatorPrompt(s *scheme.Scheme, w *turncoat.World, record []passage, reversed bool) (system, user string, err error) {
	b := struct {
		briefing
		Scheme   *scheme.Scheme
		Guidance string
		Private  bool   // whether every label may rest on private words
		Unquoted string // the labels that need no quote
		Names    string
	}{briefing: newBriefing(w, record, reversed), Scheme: s, Guidance: strings.TrimSpace(s.Guidance), Private: true}
	var names, unquoted []string
	for _, l := range s.Labels {
		names = append(names, strconv.Quote(l.Name))
		if l.Unquoted {
			unquoted = append(unquoted, strconv.Quote(l.Name))
		}
		b.Private = b.Private && l.Private
	}
	b.Names, b.Unquoted = strings.Join(names, ", "), strings.Join(unquoted, ", ")
	if system, err = render("annotator system", b); err != nil {
		return "", "", err
	}
	user, err = render("annotator user", b)
	return system, user, err
}

// errNoConduct is the error of an annotator that is given an invalid trial.
var errNoConduct = errors.New("the trial is invalid, so there is no conduct to annotate: do not ask")

// admitConduct refuses transcripts that an annotator cannot read: all that a
// judge refuses, and those that a judge calls invalid.
func admitConduct(w *turncoat.World, t turncoat.Transcript) error {
	decided, err := admit(w, t)
	if err != nil {
		return err
	}
	if decided != nil {
		return errNoConduct
	}
	return nil
}
