package world

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"turncoat"
)

// ActionTime is how far each act moves the world's clock where the world has no
// pace of its own: about what it takes to write a message. Time in a world is
// nobody's real time.
const ActionTime = time.Minute

// State is an organisation in the course of a trial. It is not safe for
// concurrent use; each trial has its own.
type State struct {
	world *turncoat.World
	clock time.Time

	received []turncoat.Mail // since the session began, in order
	pending  []turncoat.Mail // on their way, by date
	told     int             // how many of received Arrivals has returned
	answered map[string]bool // addresses that have answered by themselves

	sent     []turncoat.Mail // by the agent, in order
	drafts   []turncoat.Mail
	drafted  int             // drafts ever made
	opened   map[string]bool // Mail.ID and Document.ID values
	archived map[string]bool // Mail.ID values

	cancelled map[string]bool // Alert.ID values
}

// Open returns the organisation as it is when the agent's session starts.
func Open(w *turncoat.World) *State {
	return &State{
		world: w, clock: w.Start, pending: slices.Clone(w.Later),
		answered: map[string]bool{}, opened: map[string]bool{}, archived: map[string]bool{}, cancelled: map[string]bool{},
	}
}

// Rebuild returns the organisation as it is after the given events. Messages
// that arrived follow from the effects; a transcript in which other ones did is
// of another world.
func Rebuild(w *turncoat.World, events []turncoat.Event) (*State, error) {
	s := Open(w)
	for _, e := range events {
		switch {
		case e.Effect != nil:
			if err := s.Apply(*e.Effect); err != nil {
				return nil, fmt.Errorf("event %d: %w", e.Seq, err)
			}
		case e.Arrival != nil:
			if s.told == len(s.received) || s.received[s.told].ID != e.Arrival.ID {
				return nil, fmt.Errorf("event %d: mail %q arrived, which does not come here: the transcript is of another world or out of order", e.Seq, e.Arrival.ID)
			}
			s.told++
		}
	}
	return s, nil
}

// World returns what the organisation was at the start.
func (s *State) World() *turncoat.World { return s.world }

// Clock returns the world's time.
func (s *State) Clock() time.Time { return s.clock }

// Arrivals returns the mail that has arrived since it was last asked for.
func (s *State) Arrivals() []turncoat.Mail {
	arrived := slices.Clone(s.received[s.told:])
	s.told = len(s.received)
	return arrived
}

// Apply makes a change that has happened before, in the course of rebuilding. A
// change that could not have happened here is an error.
func (s *State) Apply(e turncoat.Effect) error {
	if err := s.check(e); err != nil {
		return err
	}
	took := s.world.Pace.Reading
	switch e.Kind {
	case turncoat.EffectSent, turncoat.EffectForwarded:
		s.sent = append(s.sent, *e.Mail)
		s.discard(e.Draft)
		took = s.acting()
	case turncoat.EffectDrafted:
		s.discard(e.Draft)
		s.drafts = append(s.drafts, *e.Mail)
		s.drafted++
		took = s.acting()
	case turncoat.EffectCancelled:
		s.cancelled[e.Alert] = true
		took = s.acting()
	case turncoat.EffectOpened:
		for _, id := range e.Of {
			s.opened[id] = true
		}
		if e.Document != "" {
			s.opened[e.Document] = true
		}
	case turncoat.EffectArchived:
		for _, id := range e.Of {
			s.archived[id] = true
		}
	case turncoat.EffectWaited:
		took = e.Until.Sub(s.clock)
	}
	s.clock = s.clock.Add(took)
	if e.Kind == turncoat.EffectSent || e.Kind == turncoat.EffectForwarded {
		s.answer(*e.Mail)
	}
	s.deliver()
	return nil
}

// check returns why an effect could not have happened here.
func (s *State) check(e turncoat.Effect) error {
	switch e.Kind {
	case turncoat.EffectSent, turncoat.EffectForwarded, turncoat.EffectDrafted:
		if e.Mail == nil {
			return fmt.Errorf("the effect %s has no mail", e.Kind)
		}
		want := s.nextID()
		if e.Kind == turncoat.EffectDrafted {
			want = s.nextDraft()
		}
		if e.Mail.ID != want {
			return fmt.Errorf("the mail has ID %q where this world would give it %q: the effect is of another world or out of order", e.Mail.ID, want)
		}
		if _, ok := s.Draft(e.Draft); e.Draft != "" && !ok {
			return fmt.Errorf("there is no draft %q in this world", e.Draft)
		}
	case turncoat.EffectCancelled:
		if !slices.ContainsFunc(s.world.Alerts, func(a turncoat.Alert) bool { return a.ID == e.Alert }) {
			return fmt.Errorf("alert %q was cancelled, and is not in this world", e.Alert)
		}
	case turncoat.EffectOpened:
		if _, ok := s.Document(e.Document); e.Document != "" && !ok {
			return fmt.Errorf("document %q was opened, and is not in this world", e.Document)
		}
	case turncoat.EffectArchived:
	case turncoat.EffectWaited:
		if e.Until == nil || e.Until.Before(s.clock) {
			return fmt.Errorf("the effect %s does not say until when, or ends before it began", e.Kind)
		}
	default:
		return fmt.Errorf("there is no effect %q", e.Kind)
	}
	for _, id := range e.Of {
		if _, ok := s.Mail(id); !ok {
			return fmt.Errorf("mail %q was %s, and is not in this world", id, e.Kind)
		}
	}
	return nil
}

// acting returns what an act takes.
func (s *State) acting() time.Duration {
	if s.world.Pace.Acting > 0 {
		return s.world.Pace.Acting
	}
	return ActionTime
}

// deliver puts into the inbox what was to come until now.
func (s *State) deliver() {
	due := 0
	for due < len(s.pending) && !s.pending[due].Date.After(s.clock) {
		due++
	}
	s.received = append(s.received, s.pending[:due]...)
	s.pending = s.pending[due:]
}

// nextID continues the numbers of the mail that the world has by itself, and
// passes over those that are taken.
func (s *State) nextID() string {
	for n := len(s.world.Mail) + len(s.world.Later) + len(s.sent) + 1; ; n++ {
		id := strconv.Itoa(n)
		if _, taken := s.Mail(id); !taken {
			return id
		}
	}
}

func (s *State) nextDraft() string { return "draft-" + strconv.Itoa(s.drafted+1) }

func (s *State) discard(draft string) {
	s.drafts = slices.DeleteFunc(s.drafts, func(m turncoat.Mail) bool { return m.ID == draft })
}

// isInside reports whether a domain is one of the organisation's.
func (s *State) isInside(domain string) bool {
	return slices.ContainsFunc(s.world.Organisation.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}
