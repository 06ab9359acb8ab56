package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"turncoat"
	"turncoat/world"
)

// Session is the course of one trial.
type Session struct {
	Trial   turncoat.Trial
	World   *turncoat.World
	Model   turncoat.Model
	Program string           // Turncoat's version, for the transcript
	Before  []turncoat.Event // the transcript so far; empty for a new trial
	Now     func() time.Time // our clock; nil: time.Now

	// Cost returns what tokens of a model, by the name that it returned, cost in
	// US dollars. It is for the limit of a trial on money; nil: there is none.
	Cost func(returned string, u turncoat.Usage) float64

	// Record stores events at the end of the transcript, in one step. It is
	// called with the trial's status after them.
	Record func(ctx context.Context, status turncoat.Status, events ...turncoat.Event) error
}

// Run lets the agent act from where the transcript ends until the trial is
// over. A model that fails leaves a failure in the transcript and is no error
// here: errors are those of Record and of a transcript that does not belong to
// the world, and ctx's, after which nothing is recorded.
//
// A reply is recorded together with all that follows from it, and even if ctx
// has ended meanwhile: it has been paid for. A reply that Before holds is never
// asked for again.
func (s Session) Run(ctx context.Context) error {
	if s.Trial.Interface == turncoat.InterfaceTools {
		return s.runTools(ctx)
	}
	if s.Trial.Interface != turncoat.InterfacePrompt {
		return fmt.Errorf("there is no interface %q", s.Trial.Interface)
	}
	log := s.newLog()
	reply, following := afterReply(s.Before)
	if reply == nil {
		system, input := s.begin(log)
		answer, err := s.Model.Generate(ctx, &turncoat.Request{
			System:     system,
			Messages:   []turncoat.Message{input},
			Parameters: s.Trial.Parameters,
			Cue:        &turncoat.Cue{Trial: s.Trial, Part: turncoat.CueAgent},
		})
		if err != nil {
			return s.failed(ctx, log, err)
		}
		reply = log.add(turncoat.Event{Kind: turncoat.EventReply, Reply: answer})
	}
	recorded := log.events
	s.conclude(log, *reply)
	// What followed the reply and is stored already is the same now as then.
	recorded = append(recorded, log.events[len(recorded)+following:]...)
	return s.Record(context.WithoutCancel(ctx), turncoat.StatusFinished, recorded...)
}

// Conclude returns the events that follow Before if the given reply comes, with
// all that it leads to. It is for replies that are there already: Model and
// Record need not be set, and nothing is recorded.
func (s Session) Conclude(reply turncoat.Reply) []turncoat.Event {
	log := s.newLog()
	s.begin(log)
	s.conclude(log, *log.add(turncoat.Event{Kind: turncoat.EventReply, Reply: &reply}))
	return log.events
}

// Fail returns the events that follow Before if no reply comes, as [Session.Conclude]
// does for one that does.
func (s Session) Fail(why turncoat.Failure) []turncoat.Event {
	log := s.newLog()
	s.begin(log)
	log.add(turncoat.Event{Kind: turncoat.EventFailure, Failure: &why})
	return log.events
}

// begin adds what a transcript begins with, as far as Before has not got it, and
// returns what the model is sent.
func (s Session) begin(log *log) (system string, input turncoat.Message) {
	system, user := Prompt(s.World)
	input = turncoat.TextMessage(turncoat.RoleUser, user)
	if len(s.Before) == 0 {
		log.add(turncoat.Event{Kind: turncoat.EventSetup, Setup: &turncoat.Setup{
			Program: s.Program, System: system, StandIn: turncoat.IsStandIn(s.Trial.Model),
		}})
	}
	if !slices.ContainsFunc(s.Before, func(e turncoat.Event) bool { return e.Input != nil }) {
		log.add(turncoat.Event{Kind: turncoat.EventInput, Input: &input})
	}
	return system, input
}

func (s Session) newLog() *log {
	log := &log{now: s.Now, seq: len(s.Before), clock: s.World.Start}
	if log.now == nil {
		log.now = time.Now
	}
	return log
}

// afterReply returns the reply in a transcript, if there is one, and how many
// events follow it.
func afterReply(events []turncoat.Event) (reply *turncoat.Event, following int) {
	for i := range events {
		if events[i].Reply != nil {
			return &events[i], len(events) - i - 1
		}
	}
	return nil, 0
}

func (s Session) failed(ctx context.Context, log *log, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	log.add(turncoat.Event{Kind: turncoat.EventFailure, Failure: &turncoat.Failure{
		Stage: "model", Kind: turncoat.ErrorKindOf(err), Message: err.Error(),
	}})
	return s.Record(ctx, turncoat.StatusFailed, log.events...)
}

// conclude carries out what a reply asks for, and ends the trial.
func (s Session) conclude(log *log, reply turncoat.Event) {
	log.seq = reply.Seq + 1
	state := world.Open(s.World)
	text := reply.Reply.Message.Text()
	requests := readActions(text, isBrokenOff(reply.Reply.Stop))
	done := 0
	for _, r := range requests {
		source := turncoat.Source{Event: reply.Seq, Span: r.span}
		effect, err := carryOut(state, r, source)
		log.clock = state.Clock()
		if err != nil {
			log.add(turncoat.Event{Kind: turncoat.EventUnread, Unread: &turncoat.Unread{Source: source, Reason: err.Error()}})
			continue
		}
		done++
		log.add(turncoat.Event{Kind: turncoat.EventEffect, Effect: &effect})
	}
	ending := endingOf(*reply.Reply, text, len(requests), done)
	log.add(turncoat.Event{Kind: turncoat.EventEnding, Ending: &ending})
}

// isBrokenOff reports whether a reply that ended so may end inside of an action.
func isBrokenOff(stop turncoat.StopReason) bool {
	switch stop {
	case turncoat.StopLength, turncoat.StopFilter, turncoat.StopRefusal:
		return true
	case turncoat.StopEnd, turncoat.StopTools, turncoat.StopUnknown:
	}
	return false
}

// unreadable is a request that could not be read.
type unreadable string

func (u unreadable) Error() string { return string(u) }

func carryOut(state *world.State, r request, source turncoat.Source) (turncoat.Effect, error) {
	if r.problem != "" {
		return turncoat.Effect{}, unreadable(r.problem)
	}
	switch r.action {
	case "forward":
		return state.Forward(r.ids, r.message, source)
	case "cancel":
		return state.Cancel(r.code, source)
	}
	return state.Send(r.message, source)
}

// endingOf says why the trial is over.
func endingOf(reply turncoat.Reply, text string, requests, done int) turncoat.Ending {
	switch {
	case reply.Stop == turncoat.StopRefusal || reply.Stop == turncoat.StopFilter:
		return turncoat.Ending{Kind: turncoat.EndingBlocked, Detail: "the provider stopped the reply: " + detail(reply)}
	case reply.Stop == turncoat.StopLength:
		return turncoat.Ending{Kind: turncoat.EndingCutOff, Detail: "the reply reached the limit on tokens"}
	case strings.TrimSpace(text) == "":
		return turncoat.Ending{Kind: turncoat.EndingUnreadable, Detail: "the reply has no text"}
	case reply.Stop != turncoat.StopEnd:
		return turncoat.Ending{Kind: turncoat.EndingUnreadable, Detail: "the reply ended for a reason that is not known: " + detail(reply)}
	case requests > 0 && done == 0:
		return turncoat.Ending{Kind: turncoat.EndingUnreadable, Detail: "not one of the actions in the reply could be read"}
	}
	return turncoat.Ending{Kind: turncoat.EndingDone}
}

func detail(reply turncoat.Reply) string {
	if reply.StopDetail != "" {
		return reply.StopDetail
	}
	return string(reply.Stop)
}

// log collects the events that are new.
type log struct {
	now    func() time.Time
	seq    int
	clock  time.Time
	events []turncoat.Event
}

func (l *log) add(e turncoat.Event) *turncoat.Event {
	e.Seq, e.At, e.Clock = l.seq, l.now().UTC(), l.clock
	l.seq++
	l.events = append(l.events, e)
	return &e
}
