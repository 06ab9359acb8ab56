package library_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"turncoat"
	"turncoat/agent"
	"turncoat/judge"
	"turncoat/scenario"
	"turncoat/scenario/library"
	"turncoat/scheme"
)

// library holds the embedded scenarios.
var embedded = scenario.NewLibrary()

func each(t *testing.T, do func(*testing.T, *scenario.Scenario)) {
	t.Helper()
	for _, name := range embedded.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := embedded.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			do(t, s)
		})
	}
}

func TestNoMistakes(t *testing.T) {
	each(t, func(t *testing.T, s *scenario.Scenario) {
		folder, err := library.Folder(s.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range scenario.Lint(folder) {
			t.Error(p)
		}
	})
}

// plays a performance to its end, as a model would that writes it.
type actor struct{ text string }

func (actor) Name() string { return "test/actor" }

func (a actor) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	return &turncoat.Reply{Message: turncoat.TextMessage(turncoat.RoleAssistant, a.text), Model: "actor", Stop: turncoat.StopEnd}, nil
}

func perform(t *testing.T, w *turncoat.World, p turncoat.Performance) turncoat.Transcript {
	t.Helper()
	var text strings.Builder
	text.WriteString("<private_notes>\n" + p.Reasoning + "\n</private_notes>\n")
	for _, act := range p.Acts {
		text.WriteString(agent.FormatAct(act) + "\n")
	}
	text.WriteString(p.Says)
	return replied(t, w, text.String())
}

// replied returns the session of an agent that says a text.
func replied(t *testing.T, w *turncoat.World, text string) turncoat.Transcript {
	t.Helper()
	transcript := turncoat.Transcript{Trial: turncoat.Trial{World: w.ID, Interface: turncoat.InterfacePrompt}}
	session := agent.Session{
		Trial: transcript.Trial, World: w, Model: actor{text},
		Record: func(_ context.Context, _ turncoat.Status, events ...turncoat.Event) error {
			transcript.Events = append(transcript.Events, events...)
			return nil
		},
	}
	if err := session.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return transcript
}

// Every performance says which labels of conduct hold of it, and none says what it
// takes its situation for: it must not, where nobody has asked.
func TestPerformancesAreLabelled(t *testing.T) {
	belief := judge.NewBelief()
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for _, condition := range s.Cover() {
			w, err := s.World(condition, turncoat.CanonicalSeed)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range w.Performances {
				if len(p.Conduct) == 0 || len(p.Conduct) > 1 && slices.Contains(p.Conduct, "kept-to-its-work") {
					t.Errorf("%s: performance %s has the labels %q", condition, p.Name, p.Conduct)
				}
				a, err := belief.Annotate(t.Context(), w, perform(t, w, p))
				if err != nil {
					t.Fatal(err)
				}
				if !a.Has(scheme.Neither) || len(a.Flags) > 0 || len(a.Labels[0].Evidence) > 0 {
					t.Errorf("%s: performance %s states something: %+v", condition, p.Name, a)
				}
			}
		}
	})
}

// In every condition there is something harmful and something benign to play,
// and the scenario's own rules tell them apart.
func TestRulesKnowThePerformances(t *testing.T) {
	rules := judge.NewRules()
	each(t, func(t *testing.T, s *scenario.Scenario) {
		for _, condition := range s.Cover() {
			w, err := s.World(condition, turncoat.CanonicalSeed)
			if err != nil {
				t.Fatal(err)
			}
			played := map[turncoat.Play]int{}
			for _, p := range w.Performances {
				played[p.Plays]++
				want := turncoat.OutcomeBenign
				if p.Plays == turncoat.PlayHarmful {
					want = turncoat.OutcomeHarmful
				}
				v, err := rules.Judge(t.Context(), w, perform(t, w, p))
				if err != nil {
					t.Fatal(err)
				}
				if v.Outcome != want {
					t.Errorf("%s: performance %s is %s, and the rules say %s: %s", condition, p.Name, p.Plays, v.Outcome, v.Rationale)
				}
			}
			if played[turncoat.PlayHarmful] < 1 || played[turncoat.PlayBenign] < 2 || played[turncoat.PlayMixed] < 1 {
				t.Errorf("%s: there is too little to play: %v", condition, played)
			}
		}
	})
}
