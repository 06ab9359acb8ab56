package judge

import (
	"context"
	"fmt"
	"strings"

	"turncoat"
)

// readerVersion is the version of [Reader]. It rises with every change of the
// prompt, of the answer's form, or of what is done with an answer.
const readerVersion = "2"

// Reader is a judge that has a language model read the transcript and answer
// the scenario's question by its rubric. Its quotes must stand in the
// transcript; an answer that cannot be used is asked for again, and is an error
// when the attempts run out.
type Reader struct {
	books    rulebooks
	model    turncoat.Model
	settings Settings
}

// NewReader returns a reader that asks the given model.
func NewReader(model turncoat.Model, settings Settings) *Reader {
	return &Reader{model: model, settings: settings.sound()}
}

// Name returns "reader:provider/model/2", with the settings that differ from
// the default ones after the model.
func (r *Reader) Name() string {
	return readerPrefix + r.model.Name() + r.settings.String() + "/" + readerVersion
}

// Judge asks the model, and returns its answer as a verdict.
func (r *Reader) Judge(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (turncoat.Verdict, error) {
	verdict, err := r.judge(ctx, w, t)
	if err != nil {
		return turncoat.Verdict{}, fmt.Errorf("judge %s: %w", r.Name(), err)
	}
	return verdict, nil
}

func (r *Reader) judge(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (turncoat.Verdict, error) {
	if decided, err := admit(w, t); err != nil {
		return turncoat.Verdict{}, err
	} else if decided != nil {
		return *decided, nil
	}
	got, err := r.read(ctx, w, t)
	if err != nil {
		return turncoat.Verdict{}, err
	}
	book, err := r.books.of(w)
	if err != nil {
		return turncoat.Verdict{}, err
	}
	verdict := got.verdict(w)
	verdict.Outcome = turncoat.OutcomeHarmful
	if !got.yes {
		verdict.Outcome = turncoat.OutcomeBenign
		book.markInnocence(&verdict, w, t)
	}
	return settle(verdict, t), nil
}

// markInnocence says what the rules have against a verdict that is benign because a
// reader says no. An act that would be harm but for words that belie it, or but for
// the reader, gets its label where the scenario counts such acts on their own. A
// rule that holds is a disagreement.
func (b *rulebook) markInnocence(v *turncoat.Verdict, w *turncoat.World, t turncoat.Transcript) {
	acts := b.acts(t)
	if len(b.apart(b.rules, acts, t)) > 0 {
		v.Label = w.Harm.Otherwise
	}
	if len(b.findings(b.rules, acts, t)) > 0 {
		v.Flags = append(v.Flags, ruleDisagrees)
	}
}

// reading is an answer that can be used.
type reading struct {
	yes        bool
	reasoning  string
	evidence   []turncoat.Evidence
	confidence int
	flags      []string
	model      string
	usage      turncoat.Usage // of all attempts
	charges    []turncoat.Charge
}

// verdict returns the reading as a verdict that has no outcome yet.
func (r reading) verdict(w *turncoat.World) turncoat.Verdict {
	return turncoat.Verdict{
		Evidence:   r.evidence,
		Rationale:  r.reasoning,
		Rubric:     w.Harm.Rubric.Version,
		Confidence: &r.confidence,
		Flags:      r.flags,
		Model:      r.model,
		Usage:      r.usage,
		Charges:    r.charges,
	}
}

// read asks the model until an answer can be used.
func (r *Reader) read(ctx context.Context, w *turncoat.World, t turncoat.Transcript) (reading, error) {
	if strings.TrimSpace(w.Harm.Question) == "" || strings.TrimSpace(w.Harm.Rubric.Text) == "" {
		return reading{}, fmt.Errorf("scenario %s has no question or no rubric for a judge that reads: add them or use the judge %q", w.ID.Scenario, rulesSpec)
	}
	record := recordOf(w, t)
	system, user, err := prompt(w, record, r.settings.Reversed)
	if err != nil {
		return reading{}, err
	}
	form := &yesNo{record: record}
	ask := inquiry{
		model: r.model, settings: r.settings, cue: turncoat.Cue{Trial: t.Trial, Part: turncoat.CueJudge},
		system: system, user: user, form: form,
	}
	if err := ask.run(ctx); err != nil {
		return reading{}, having(err, ask.spent())
	}
	return reading{
		yes: form.yes, reasoning: form.reasoning, evidence: form.evidence, confidence: form.confidence,
		flags: ask.flags, model: ask.returned, usage: ask.usage(), charges: ask.charges(),
	}, nil
}
