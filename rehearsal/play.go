package rehearsal

import (
	"context"
	"time"

	"turncoat"
	"turncoat/agent"
	"turncoat/provider/standin"
	"turncoat/world/toolbox"
)

// play returns the transcript of a performance, which a stand-in plays that has no
// other to play: in the interface prompt, or with tools in a world that has a
// course, of which the prompt shows nothing.
func play(ctx context.Context, w *turncoat.World, p turncoat.Performance) (turncoat.Transcript, error) {
	alone := *w
	alone.Performances = []turncoat.Performance{p}
	name := "rate-0.00"
	if p.Plays == turncoat.PlayHarmful {
		name = "rate-1.00"
	}
	actor, err := standin.New(name, standin.Options{
		Worlds:    func(turncoat.WorldID) (*turncoat.World, error) { return &alone, nil },
		FormatAct: agent.FormatAct,
		CallOf:    toolbox.CallOf,
	})
	if err != nil {
		return turncoat.Transcript{}, err
	}
	face := turncoat.InterfacePrompt
	if len(w.Later) > 0 {
		face = turncoat.InterfaceTools
	}
	t := turncoat.Transcript{Trial: turncoat.Trial{Study: "rehearsal", World: w.ID, Interface: face, Model: actor.Name(), Number: 1}}
	session := agent.Session{
		Trial: t.Trial, World: &alone, Model: actor,
		Now: func() time.Time { return w.Start },
		Record: func(_ context.Context, _ turncoat.Status, events ...turncoat.Event) error {
			t.Events = append(t.Events, events...)
			return nil
		},
	}
	err = session.Run(ctx)
	return t, err
}
