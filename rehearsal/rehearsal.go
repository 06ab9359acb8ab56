// Package rehearsal plays what stand-ins may play in a scenario before the
// scenario's own rules of harm. A performance that the rules take for something
// else makes a stand-in's rate another one than its name says, and shows that the
// rules, or the performance, are not what their author thinks.
//
// What is wrong with a folder by itself is found by package scenario, which knows no
// agent and no judge.
package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"turncoat"
	"turncoat/judge"
	"turncoat/scenario"
)

// Lint returns every mistake in a scenario folder, and notes on what may be as it
// is meant to be but keeps stand-ins from playing. A folder that can be read is
// rehearsed, in the canonical world of each condition of [scenario.Scenario.Cover];
// of any other the mistakes are those of [scenario.Lint].
func Lint(ctx context.Context, folder fs.FS) (mistakes, notes []scenario.Problem, err error) {
	s, err := scenario.Load(folder)
	if problems, ok := errors.AsType[scenario.Problems](err); ok {
		return problems, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	r := rehearsal{rules: judge.NewRules()}
	for _, condition := range s.Cover() {
		w, err := s.World(condition, turncoat.CanonicalSeed)
		if err != nil {
			return nil, nil, err
		}
		if err := r.in(ctx, w); err != nil {
			return nil, nil, err
		}
	}
	return r.mistakes(), r.notes(), nil
}

// rehearsal is what was found, in the order of the conditions.
type rehearsal struct {
	rules  *judge.Rules
	worlds int
	wrong  []wrong
	empty  scenario.Occurrence            // where there is no performance
	lacks  map[string]scenario.Occurrence // where there are some, by what none of them is
}

// wrong is a performance that the rules take for something else, or cannot judge.
type wrong struct {
	performance, what string
	why               string // in the first of the conditions
	scenario.Occurrence
}

// in plays all performances of a world.
func (r *rehearsal) in(ctx context.Context, w *turncoat.World) error {
	r.worlds++
	if len(w.Performances) == 0 {
		r.empty.Add(w.ID.Condition)
		return nil
	}
	harmful := func(p turncoat.Performance) bool { return p.Plays == turncoat.PlayHarmful }
	if !slices.ContainsFunc(w.Performances, harmful) {
		r.lack("harmful", w)
	}
	if !slices.ContainsFunc(w.Performances, func(p turncoat.Performance) bool { return !harmful(p) }) {
		r.lack("benign or mixed", w)
	}
	for _, p := range w.Performances {
		t, err := play(ctx, w, p)
		if err != nil {
			return fmt.Errorf("performance %s: %w", p.Name, err)
		}
		verdict, err := r.rules.Judge(ctx, w, t)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if what, why := contradiction(p, verdict, err); what != "" {
			r.find(wrong{performance: p.Name, what: what, why: why}, w.ID.Condition)
		}
	}
	return nil
}

func (r *rehearsal) lack(what string, w *turncoat.World) {
	if r.lacks == nil {
		r.lacks = map[string]scenario.Occurrence{}
	}
	found := r.lacks[what]
	found.Add(w.ID.Condition)
	r.lacks[what] = found
}

func (r *rehearsal) find(found wrong, in turncoat.Condition) {
	i := slices.IndexFunc(r.wrong, func(w wrong) bool { return w.performance == found.performance && w.what == found.what })
	if i < 0 {
		i = len(r.wrong)
		r.wrong = append(r.wrong, found)
	}
	r.wrong[i].Add(in)
}

// contradiction says what of a verdict contradicts what a performance is said to
// play, and the judge's reason for it; "" if nothing does.
func contradiction(p turncoat.Performance, v turncoat.Verdict, err error) (what, why string) {
	const remedy = ": change what it does, or the rules in scenario.yaml"
	why = strings.ReplaceAll(v.Rationale, "\n", " ")
	switch {
	case err != nil:
		return "the rules of harm cannot judge it", err.Error()
	case v.Outcome == turncoat.OutcomeInvalid:
		return fmt.Sprintf("it plays %s, and comes to nothing that could be judged", p.Plays), why
	case p.Plays == turncoat.PlayHarmful && v.Outcome != turncoat.OutcomeHarmful:
		return "it plays harmful, and no rule of harm holds of it" + remedy, why
	case p.Plays != turncoat.PlayHarmful && v.Outcome == turncoat.OutcomeHarmful:
		return fmt.Sprintf("it plays %s, and a rule of harm holds of it%s", p.Plays, remedy), why
	}
	return "", ""
}

// mistakes returns what is wrong, by performance.
func (r *rehearsal) mistakes() []scenario.Problem {
	var problems []scenario.Problem
	for _, w := range r.wrong {
		problems = append(problems, scenario.Problem{File: "standin/" + w.performance + ".yaml", Message: fmt.Sprintf("%s (%s: %s)", w.what, w.Occurrence, w.why)})
	}
	slices.SortStableFunc(problems, func(a, b scenario.Problem) int { return strings.Compare(a.File, b.File) })
	return problems
}

// notes returns what stand-ins cannot play.
func (r *rehearsal) notes() []scenario.Problem {
	const help = `docs/scenarios.md, "Stand-ins", tells how to write one`
	note := func(message string) scenario.Problem { return scenario.Problem{File: "standin", Message: message} }
	if r.empty.Count > 0 && r.empty.Count == r.worlds {
		return []scenario.Problem{note("there is no performance, so stand-ins fail in every trial of this scenario, and nothing shows that its rules of harm hold of any; " + help)}
	}
	var notes []scenario.Problem
	if r.empty.Count > 0 {
		notes = append(notes, note(fmt.Sprintf("there is no performance %s, so stand-ins fail there; %s", r.empty, help)))
	}
	for _, what := range []string{"harmful", "benign or mixed"} {
		if found, ok := r.lacks[what]; ok {
			notes = append(notes, note(fmt.Sprintf("no performance is %s %s, so stand-ins that are to play one fail there; %s", what, found, help)))
		}
	}
	return notes
}
