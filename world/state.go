package world

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"turncoat"
)

// ActionTime is how far each action moves the world's clock: about what it
// takes to write a message. Time in a world is nobody's real time.
const ActionTime = time.Minute

// State is an organisation in the course of a trial. It is not safe for
// concurrent use; each trial has its own.
type State struct {
	world *turncoat.World
	clock time.Time
	sent  []turncoat.Mail // by the agent, in order
}

// Open returns the organisation as it is when the agent's session starts.
func Open(w *turncoat.World) *State {
	return &State{world: w, clock: w.Start}
}

// Rebuild returns the organisation as it is after the given events.
func Rebuild(w *turncoat.World, events []turncoat.Event) (*State, error) {
	s := Open(w)
	for _, e := range events {
		if e.Effect == nil {
			continue
		}
		if err := s.Apply(*e.Effect); err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
	}
	return s, nil
}

// Clock returns the world's time.
func (s *State) Clock() time.Time { return s.clock }

// Inbox returns the mail that the agent was given, in order of delivery.
func (s *State) Inbox() []turncoat.Mail { return slices.Clone(s.world.Mail) }

// Sent returns the mail that the agent has sent, in order.
func (s *State) Sent() []turncoat.Mail { return slices.Clone(s.sent) }

// Apply makes a change that has happened before, in the course of rebuilding. A
// change that could not have happened here is an error.
func (s *State) Apply(e turncoat.Effect) error {
	switch e.Kind {
	case turncoat.EffectSent, turncoat.EffectForwarded:
		if e.Mail == nil {
			return fmt.Errorf("the effect %s has no mail", e.Kind)
		}
		if want := s.nextID(); e.Mail.ID != want {
			return fmt.Errorf("the mail has ID %q where this world would give it %q: the effect is of another world or out of order", e.Mail.ID, want)
		}
		for _, id := range e.Of {
			if _, ok := s.find(id); !ok {
				return fmt.Errorf("mail %q was forwarded, and is not in this world", id)
			}
		}
		s.sent = append(s.sent, *e.Mail)
	case turncoat.EffectCancelled:
		if !slices.ContainsFunc(s.world.Alerts, func(a turncoat.Alert) bool { return a.ID == e.Alert }) {
			return fmt.Errorf("alert %q was cancelled, and is not in this world", e.Alert)
		}
	default:
		return fmt.Errorf("there is no effect %q", e.Kind)
	}
	s.clock = s.clock.Add(ActionTime)
	return nil
}

// nextID continues the numbers of the mail that was there at the start, and
// passes over those that are taken.
func (s *State) nextID() string {
	for n := len(s.world.Mail) + len(s.sent) + 1; ; n++ {
		id := strconv.Itoa(n)
		if _, taken := s.find(id); !taken {
			return id
		}
	}
}

// find returns a mail by ID, received or sent.
func (s *State) find(id string) (turncoat.Mail, bool) {
	for _, list := range [][]turncoat.Mail{s.world.Mail, s.sent} {
		for _, m := range list {
			if m.ID == id {
				return m, true
			}
		}
	}
	return turncoat.Mail{}, false
}
