package study_test

import (
	"context"
	"testing"

	"turncoat"
	judging "turncoat/judge"
	"turncoat/study"
)

// member is a model of a panel's member.
type member struct {
	name  string
	asked int
	first func() // called when it is asked for the first time
}

func (m *member) Name() string { return m.name }

func (m *member) Generate(ctx context.Context, _ *turncoat.Request) (*turncoat.Reply, error) {
	m.asked++
	if m.asked == 1 {
		m.first()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	text, err := no(0, turncoat.BatchRequest{})
	return &turncoat.Reply{
		Message: turncoat.TextMessage(turncoat.RoleAssistant, text), Model: "m-1", Stop: turncoat.StopEnd, Usage: turncoat.Usage{InputTokens: 1e6},
	}, err
}

// What a member of a panel answered before an interruption is not asked again, and
// counts where it is used at last; and what a verdict cost whose place a new one
// takes stays counted.
func TestInterruptedPanelCosts(t *testing.T) {
	b := newBench(t, 1, turncoat.Limits{})
	b.mustRun()
	ctx, interrupt := context.WithCancel(t.Context())
	answered := make(chan struct{})
	one := &member{name: "test/a", first: func() { close(answered) }}
	two := &member{name: "test/b", first: func() { <-answered; interrupt() }}
	models := map[string]turncoat.Model{one.name: one, two.name: two}
	const spec = "panel:unanimous(reader:test/a,reader:test/b)"
	r := &study.Rejudger{
		Store: b.store, Worlds: library.World, Spec: spec, Concurrency: 1,
		Prices: func(string) (turncoat.Price, bool) { return turncoat.Price{Input: 2}, true },
		Readers: func(m judging.Memory) (turncoat.Judge, []turncoat.Annotator, error) {
			j, err := judging.Open(spec, m.Models(func(name string) (turncoat.Model, error) { return models[name], nil }))
			return j, nil, err
		},
	}
	if _, err := r.Run(ctx, "s"); err == nil {
		t.Fatal("an interrupted run has no error")
	}
	p, err := r.Run(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	if one.asked+two.asked > 4 { // the first one's answer may have come too late to be kept
		t.Errorf("asked %d and %d times", one.asked, two.asked)
	}
	b.want("cost", p.Cost, 4)
	r.Again = true
	if p, err = r.Run(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	b.want("cost after judging again", p.Cost, 8)
	r.Again = false
	if p, err = r.Run(t.Context(), "s"); err != nil {
		t.Fatal(err)
	}
	b.want("cost as stored", p.Cost, 8)
}
