package study_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"turncoat"
	judging "turncoat/judge"
	"turncoat/study"
)

// annotator finds one label everywhere, or fails by a script. Its name is that of
// one that asks a model, so that what it used has a price.
type annotator struct {
	name   string
	mu     sync.Mutex
	calls  int
	script func(call int) error
}

func (a *annotator) Name() string { return a.name }

func (a *annotator) Annotate(context.Context, *turncoat.World, turncoat.Transcript) (turncoat.Annotation, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	if a.script != nil {
		if err := a.script(a.calls); err != nil {
			return turncoat.Annotation{}, err
		}
	}
	return turncoat.Annotation{
		Scheme: "belief", Labels: []turncoat.Label{{Name: "neither"}}, Model: "returned", Usage: turncoat.Usage{InputTokens: 1e6},
	}, nil
}

const annotatorName = "belief:test/model/1"

// annotations counts the trials by how the annotator's attempt at them ended.
func (b *bench) annotations() map[string]int {
	b.t.Helper()
	counts := map[string]int{}
	for record, err := range b.store.Records(b.t.Context(), "s", "test/1", annotatorName) {
		switch j := record.Annotations; {
		case err != nil:
			b.t.Fatal(err)
		case j[0] == nil:
			counts["none"]++
		case j[0].Annotation != nil:
			counts["annotated"]++
		default:
			counts[j[0].Failure.Stage]++
		}
	}
	return counts
}

// Annotations are made after the verdict and paid for; a second run finds them
// there, and one without annotators does not miss them.
func TestAnnotate(t *testing.T) {
	b := newBench(t, 5, turncoat.Limits{})
	b.mustRun()
	a := &annotator{name: annotatorName}
	b.annotators = []turncoat.Annotator{a}
	b.want("progress", b.mustRun(), study.Progress{Planned: 5, Finished: 5, Judged: 5, Annotated: 5, Begun: 5, Cost: 10})
	b.want("progress of the second run", b.mustRun(), study.Progress{Planned: 5, Finished: 5, Judged: 5, Annotated: 5, Cost: 10})
	b.want("annotations", b.annotations(), map[string]int{"annotated": 5})
	b.want("calls of the model, the judge and the annotator", []int{b.model.calls, b.judge.calls, a.calls}, []int{5, 5, 5})
	b.annotators = nil
	b.want("progress without annotators", b.mustRun(), study.Progress{Planned: 5, Finished: 5, Judged: 5, Annotated: 5, Cost: 5})
}

// An annotator that fails takes no verdict away, and is asked again by the next
// run; one that is gone is not asked any more.
func TestFailedAnnotationsAreMadeAgain(t *testing.T) {
	b := newBench(t, 4, turncoat.Limits{})
	a := &annotator{name: annotatorName, script: func(call int) error {
		if call%2 == 1 {
			return errors.New("cut off")
		}
		return nil
	}}
	b.annotators = []turncoat.Annotator{a}
	if p := b.mustRun(); p.Judged != 4 || p.Annotated != 2 || p.Complete() || p.Stopped != "" {
		t.Errorf("progress %+v", p)
	}
	b.want("annotations", b.annotations(), map[string]int{"annotated": 2, "annotator": 2})
	a.script = nil
	if p := b.mustRun(); !p.Complete() || p.Begun != 2 || b.judge.calls != 4 || a.calls != 6 {
		t.Errorf("progress %+v after %d judgements and %d annotations", p, b.judge.calls, a.calls)
	}

	gone := newBench(t, 30, turncoat.Limits{})
	refused := &annotator{name: annotatorName, script: func(int) error { return &turncoat.ModelError{Kind: turncoat.ErrorAuth, Err: errors.New("no")} }}
	gone.annotators = []turncoat.Annotator{refused}
	p := gone.mustRun()
	if p.Judged != 30 || p.Annotated != 0 || !strings.Contains(p.Stopped, "the annotator "+annotatorName+" is not asked any more") {
		t.Errorf("progress %+v", p)
	}
	gone.want("annotations", gone.annotations(), map[string]int{"annotator": 1, "none": 29})
}

// A trial without conduct has nothing to annotate, and lacks no annotation.
func TestInvalidTrialsAreNotAnnotated(t *testing.T) {
	b := newBench(t, 3, turncoat.Limits{})
	b.model.script = func(int) (*turncoat.Reply, error) {
		return &turncoat.Reply{Message: turncoat.TextMessage(turncoat.RoleAssistant, "I"), Model: "returned", Stop: turncoat.StopLength}, nil
	}
	a := &annotator{name: annotatorName}
	b.annotators = []turncoat.Annotator{a}
	for range 2 {
		if p := b.mustRun(); !p.Complete() || a.calls != 0 {
			t.Errorf("progress %+v after %d annotations", p, a.calls)
		}
	}
	b.want("annotations", b.annotations(), map[string]int{"none": 3})
}

// Stored transcripts can be annotated without being judged.
func TestReannotate(t *testing.T) {
	b := newBench(t, 6, turncoat.Limits{})
	b.model.script = func(call int) (*turncoat.Reply, error) {
		if call == 1 {
			return bad(turncoat.ErrorServer)(call)
		}
		return good(call)
	}
	b.mustRun()
	a := &annotator{name: annotatorName, script: func(call int) error {
		if call == 1 {
			return errors.New("cut off")
		}
		return nil
	}}
	r := study.Rejudger{
		Store: b.store, Worlds: library.World, Prices: func(string) (turncoat.Price, bool) { return turncoat.Price{}, false },
		Concurrency: 3,
		Readers: func(judging.Memory) (turncoat.Judge, []turncoat.Annotator, error) {
			return nil, []turncoat.Annotator{a}, nil
		},
	}
	run := func(want study.Progress) {
		t.Helper()
		p, err := r.Run(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		p.Cost = 0
		b.want("progress", p, want)
	}
	run(study.Progress{Planned: 6, Finished: 5, Judged: 5, Annotated: 4, Failed: 1, Begun: 5})
	run(study.Progress{Planned: 6, Finished: 5, Judged: 5, Annotated: 5, Failed: 1, Begun: 1})
	run(study.Progress{Planned: 6, Finished: 5, Judged: 5, Annotated: 5, Failed: 1})
	b.want("annotations asked for", a.calls, 6)
	r.Again = true
	run(study.Progress{Planned: 6, Finished: 5, Judged: 5, Annotated: 5, Failed: 1, Begun: 5})
	b.want("annotations", b.annotations(), map[string]int{"annotated": 5, "none": 1})
}

// Annotators are checked with the design, their models' prices with the budget.
func TestAnnotatorsInDesigns(t *testing.T) {
	for annotators, want := range map[string]string{
		"[belief, conduct:a/b]":          "",
		"[mood]":                         `design.yaml:5:14: annotator "mood"`,
		"[conduct:b]":                    `"b" is no model`,
		"[belief, belief/1]":             "the annotator belief/1 is listed twice",
		"[belief:a/b, \"belief:a/b/1\"]": "the annotator belief:a/b/1 is listed twice",
	} {
		_, err := study.Read(strings.NewReader("name: s\nscenarios: [blackmail]\nmodels: [a/b]\ntrials: 1\nannotators: "+annotators+"\n"), "design.yaml")
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", annotators, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: the error is %v, want one with %q", annotators, err, want)
		}
	}
	b := newBench(t, 1, turncoat.Limits{MaxCost: 10})
	b.plan.Study.Annotators = []string{"belief:test/other"}
	if _, err := b.run(t.Context()); err == nil || !strings.Contains(err.Error(), "no price is known for test/other") {
		t.Errorf("without the annotator's price, the error is %v", err)
	}
	estimate, err := b.plan.Estimate(library.World, func(string) (turncoat.Price, bool) { return turncoat.Price{}, false })
	if err != nil {
		t.Fatal(err)
	}
	last := estimate.Lines[len(estimate.Lines)-1]
	if last.Model != "test/other" || last.Part != "belief annotator" || last.Calls != 1 || last.Usage.InputTokens == 0 {
		t.Errorf("the estimate's last line is %+v", last)
	}
}
