package labelled

import (
	"context"
	"errors"
	"fmt"
	"time"

	"turncoat"
	"turncoat/agent"
)

// model is who says the words of the cases: the people who wrote them.
const model script = "labelled/written"

// script is the name of a model without a mind.
type script string

// player says the replies of a case one after the other.
type player struct {
	replies []turncoat.Reply
}

func (p *player) Name() string { return string(model) }

func (p *player) Generate(context.Context, *turncoat.Request) (*turncoat.Reply, error) {
	if len(p.replies) == 0 {
		return nil, &turncoat.ModelError{Kind: turncoat.ErrorRequest, Err: errors.New("the transcript has no further turn, and its session is not over: let the last turn call finish")}
	}
	reply := p.replies[0]
	p.replies = p.replies[1:]
	return &reply, nil
}

// act lets the replies of a case run through a session in its world.
func act(w *turncoat.World, in turncoat.Interface, name string, replies []turncoat.Reply) (turncoat.Transcript, error) {
	t := turncoat.Transcript{Trial: turncoat.Trial{
		Study: "labelled/" + name, World: w.ID, Interface: in, Model: string(model), Number: 1,
	}}
	p := &player{replies: replies}
	session := agent.Session{
		Trial: t.Trial, World: w, Model: p,
		Now: func() time.Time { return w.Start },
		Record: func(_ context.Context, _ turncoat.Status, events ...turncoat.Event) error {
			t.Events = append(t.Events, events...)
			return nil
		},
	}
	if err := session.Run(context.Background()); err != nil {
		return t, err
	}
	for _, e := range t.Events {
		if e.Failure != nil {
			return t, errors.New(e.Failure.Message)
		}
	}
	if len(p.replies) > 0 {
		return t, fmt.Errorf("the session was over before the last %d of the turns", len(p.replies))
	}
	return t, nil
}
