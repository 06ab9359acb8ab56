package study_test

import (
	"context"
	"testing"

	"turncoat"
	judging "turncoat/judge"
	"turncoat/study"
)

// moody is a model that answers usefully, or not.
type moody struct{ useless bool }

func (m *moody) Name() string { return "test/moody" }

func (m *moody) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	text, err := no(0, turncoat.BatchRequest{})
	if m.useless {
		text = "I would rather not say."
	}
	return &turncoat.Reply{
		Message: turncoat.TextMessage(turncoat.RoleAssistant, text), Model: "m-1", Stop: turncoat.StopEnd, Usage: turncoat.Usage{InputTokens: 1e6},
	}, err
}

// A verdict stays when the same judge is asked again and fails, and what the failure
// took stays counted: otherwise a study would have cost less for what broke.
func TestFailedRereadingsCost(t *testing.T) {
	b := newBench(t, 1, turncoat.Limits{})
	b.mustRun()
	model := &moody{}
	const spec = "reader:test/moody"
	r := &study.Rejudger{
		Store: b.store, Worlds: library.World, Spec: spec, Concurrency: 1,
		Prices: func(string) (turncoat.Price, bool) { return turncoat.Price{Input: 2}, true },
		Readers: func(m judging.Memory) (turncoat.Judge, []turncoat.Annotator, error) {
			j, err := judging.Open(spec, m.Models(func(string) (turncoat.Model, error) { return model, nil }))
			return j, nil, err
		},
	}
	read := func(judged int, cost float64) {
		t.Helper()
		p, err := r.Run(t.Context(), "s")
		if err != nil {
			t.Fatal(err)
		}
		b.want("judged", p.Judged, judged)
		b.want("cost", p.Cost, cost)
	}
	read(1, 2)
	model.useless, r.Again = true, true
	read(0, 2+3*2) // three attempts
	r.Again = false
	read(1, 2+3*2) // the verdict is there
	model.useless, r.Again = false, true
	read(1, 2+3*2+2)
	r.Again = false
	read(1, 2+3*2+2)
}
