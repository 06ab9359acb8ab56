package provider

import (
	"context"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
	"turncoat/provider/standin"
	"turncoat/scenario"
	"turncoat/world"
	"turncoat/world/toolbox"
)

// live runs a trial in a world with a model, checks what must hold of every
// transcript, and judges it by rules.
func live(t *testing.T, w *turncoat.World, trial turncoat.Trial, model turncoat.Model) (turncoat.Transcript, turncoat.Verdict) {
	t.Helper()
	transcript := turncoat.Transcript{Trial: trial}
	session := agent.Session{Trial: trial, World: w, Model: model, Record: func(_ context.Context, _ turncoat.Status, events ...turncoat.Event) error {
		transcript.Events = append(transcript.Events, events...)
		return nil
	}}
	if err := session.Run(t.Context()); err != nil {
		t.Fatalf("%s, %s, %s: %v", trial.World, trial.Interface, trial.Model, err)
	}
	for _, e := range transcript.Events {
		if e.Failure != nil || e.Unread != nil {
			t.Fatalf("%s, %s, %s: event %d is %+v %+v", trial.World, trial.Interface, trial.Model, e.Seq, e.Failure, e.Unread)
		}
	}
	if _, err := world.Rebuild(w, transcript.Events); err != nil {
		t.Fatalf("%s, %s, %s: %v", trial.World, trial.Interface, trial.Model, err)
	}
	verdict, err := judge.NewRules().Judge(t.Context(), w, transcript)
	if err != nil {
		t.Fatalf("%s, %s, %s: %v", trial.World, trial.Interface, trial.Model, err)
	}
	return transcript, verdict
}

// acts returns what reached others, without where it was asked for.
func acts(transcript turncoat.Transcript) []turncoat.Effect {
	var out []turncoat.Effect
	for _, e := range transcript.Effects() {
		if e.Effect.Kind.IsAct() {
			act := *e.Effect
			act.Source = turncoat.Source{}
			out = append(out, act)
		}
	}
	return out
}

// difference returns how two things differ. Most do not, which is found out much
// faster than how they would.
func difference[T any](a, b T) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	return cmp.Diff(a, b, cmpopts.EquateEmpty())
}

// A performance of every scenario, in every condition of its cover and in fresh
// worlds, does the same to the world whether it is told through prompt or
// through tools; and the rules judge finds the same, which is what the performance
// says that it plays.
func TestSameStoryThroughPromptAndTools(t *testing.T) {
	library := scenario.NewLibrary()
	for _, name := range library.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc, err := library.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			told := 0
			for i, condition := range sc.Cover() {
				w, err := sc.World(condition, uint64(i%3)) // the canonical world and two fresh ones
				if err != nil {
					t.Fatal(err)
				}
				for j, p := range w.Performances {
					if j%5 == i/3%5 { // over the conditions, all of them in all three worlds
						tellTwice(t, w, p)
						told++
					}
				}
			}
			t.Logf("%d stories were told through both interfaces", told)
			if told < 400 {
				t.Error("too few stories were told to have tested anything")
			}
		})
	}
}

// tellTwice tells a story through both interfaces, by a stand-in that can play
// nothing else.
func tellTwice(t *testing.T, w *turncoat.World, p turncoat.Performance) {
	t.Helper()
	only := *w
	only.Performances = []turncoat.Performance{p}
	name := "rate-0.00"
	if p.Plays == turncoat.PlayHarmful {
		name = "rate-1.00"
	}
	model, err := standin.New(name, standin.Options{
		Worlds:    func(turncoat.WorldID) (*turncoat.World, error) { return &only, nil },
		FormatAct: agent.FormatAct, CallOf: toolbox.CallOf,
	})
	if err != nil {
		t.Fatal(err)
	}
	trial := turncoat.Trial{Study: "s", World: w.ID, Interface: turncoat.InterfacePrompt, Model: model.Name(), Number: 1}
	prompted, byPrompt := live(t, &only, trial, model)
	trial.Interface = turncoat.InterfaceTools
	acted, byTools := live(t, &only, trial, model)
	if diff := difference(acts(prompted), acts(acted)); diff != "" {
		t.Errorf("%s, %s: acts (-prompt +tools):\n%s", w.ID, p.Name, diff)
	}
	if byPrompt.Outcome != byTools.Outcome || (byTools.Outcome == turncoat.OutcomeHarmful) != (p.Plays == turncoat.PlayHarmful) {
		t.Errorf("%s: the %s performance %s is %s through prompt and %s through tools", w.ID, p.Plays, p.Name, byPrompt.Outcome, byTools.Outcome)
	}
	for _, e := range byTools.Evidence {
		if text := acted.Events[e.Source.Event].Text(); e.Source.Span != (turncoat.Span{}) && e.Source.Span.Of(text) != e.Quote {
			t.Errorf("%s, %s: the evidence %q is not what stands at its place in event %d: %q", w.ID, p.Name, e.Quote, e.Source.Event, e.Source.Span.Of(text))
		}
	}
}

// Every condition of all three scenarios plays in the interface tools over every
// protocol, through the vendors' own clients, word for word and call for call as it
// plays in process.
func TestToolsOverEveryProtocol(t *testing.T) {
	library := scenario.NewLibrary()
	handler, err := standin.NewServer(standin.ServerOptions{Worlds: library.World, FormatAct: agent.FormatAct, CallOf: toolbox.CallOf})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	models := New(Options{Getenv: environment(map[string]string{
		"ANTHROPIC_BASE_URL": server.URL, "OPENAI_BASE_URL": server.URL + "/v1", "ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k",
	})})
	inProcess, err := standin.New("rate-0.50", standin.Options{Worlds: library.World, FormatAct: agent.FormatAct, CallOf: toolbox.CallOf})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range library.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sc, err := library.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			outcomes := map[turncoat.Outcome]int{}
			for i, condition := range sc.Cover() {
				trial := turncoat.Trial{
					Study: "s", World: turncoat.WorldID{Scenario: sc.Name(), Version: sc.Version(), Condition: condition, Seed: uint64(i % 2)},
					Interface: turncoat.InterfaceTools, Number: 1,
					Model: []string{"anthropic/rate-0.50", "openai/rate-0.50", "openai-chat/rate-0.50"}[i%3],
				}
				w, err := library.World(trial.World)
				if err != nil {
					t.Fatal(err)
				}
				model, err := models.Model(trial.Model)
				if err != nil {
					t.Fatal(err)
				}
				wired, verdict := live(t, w, trial, model)
				alone, _ := live(t, w, trial, inProcess)
				if diff := difference(conversation(alone), conversation(wired)); diff != "" {
					t.Errorf("%s over %s (-in process +wired):\n%s", trial.World, trial.Model, diff)
				}
				outcomes[verdict.Outcome]++
			}
			if outcomes[turncoat.OutcomeHarmful] == 0 || outcomes[turncoat.OutcomeBenign] == 0 || outcomes[turncoat.OutcomeInvalid] > 0 {
				t.Errorf("%s: the outcomes are %v", name, outcomes)
			}
		})
	}
}

// conversation returns what was said and done in a trial, without what a service
// adds of its own.
func conversation(t turncoat.Transcript) []any {
	var out []any
	for _, e := range t.Events {
		switch {
		case e.Input != nil:
			out = append(out, *e.Input)
		case e.Reply != nil:
			out = append(out, e.Reply.Message, e.Reply.Stop)
		case e.Effect != nil:
			out = append(out, *e.Effect)
		case e.Arrival != nil:
			out = append(out, *e.Arrival)
		case e.Ending != nil:
			out = append(out, *e.Ending)
		}
	}
	return out
}
