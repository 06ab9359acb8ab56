package external

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"turncoat"
	"turncoat/agent"
)

// DefaultGrace is how long a program has to end when it is asked to.
const DefaultGrace = 10 * time.Second

// Agent is a program that is run as the agent, once for each trial. It is safe
// for concurrent use.
type Agent struct {
	Command []string      // the program and its arguments
	Environ []string      // its environment, to which that of the trial is added
	Self    string        // Turncoat's own program, which relays MCP to standard streams
	Grace   time.Duration // between asking it to end and ending it; 0: DefaultGrace

	// Record has its calls to models recorded, by base URLs that lead through
	// Turncoat to where they would have gone otherwise.
	Record bool
	Client *http.Client // for those calls; nil: one that follows no redirects
}

// Run runs the program for a trial. A program that fails leaves a failure in the
// transcript and is no error here: errors are those of Record and ctx's. A
// program that is under way when ctx ends is ended, and what it did is kept as
// an attempt that failed.
func (a *Agent) Run(ctx context.Context, s agent.Session) error {
	start := a.beginning(s)
	p, err := a.newPlace(ctx, s, len(s.Before)+len(start))
	if err != nil {
		return err
	}
	exit, runErr := a.run(ctx, p, s.Trial.Limits.Time)
	closeErr := p.close()
	events, ending := p.desk.Close()
	if exit != nil {
		exit.Output = p.desk.Clean(exit.Output)
		events = append(events, p.event(len(s.Before)+len(start)+len(events), turncoat.Event{Kind: turncoat.EventExit, Exit: exit}))
	}
	status := turncoat.StatusFinished
	switch ending, why := settle(events, exit, ending, runErr); {
	case closeErr != nil:
		return closeErr
	case ctx.Err() != nil || ending == nil:
		status = turncoat.StatusFailed
		if ctx.Err() != nil {
			status, why = turncoat.StatusPlanned, "the run was interrupted"
		}
		events = []turncoat.Event{p.event(len(s.Before)+len(start), turncoat.Event{Kind: turncoat.EventFailure, Failure: &turncoat.Failure{
			Stage: "agent", Message: p.desk.Clean(why), Attempt: events,
		}})}
	default:
		events = append(events, p.event(len(s.Before)+len(start)+len(events), turncoat.Event{Kind: turncoat.EventEnding, Ending: ending}))
	}
	if err := s.Record(context.WithoutCancel(ctx), status, slices.Concat(start, events)...); err != nil {
		return err
	}
	return ctx.Err()
}

// beginning returns the events with which a transcript begins, or none if it has
// them from an earlier attempt.
func (a *Agent) beginning(s agent.Session) []turncoat.Event {
	if len(s.Before) > 0 {
		return nil
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	system, user, tools := agent.Errand(s.World)
	input := turncoat.TextMessage(turncoat.RoleUser, user)
	event := func(seq int, e turncoat.Event) turncoat.Event {
		e.Seq, e.At, e.Clock = seq, now().UTC(), s.World.Start
		return e
	}
	return []turncoat.Event{
		event(0, turncoat.Event{Kind: turncoat.EventSetup, Setup: &turncoat.Setup{
			Program: s.Program, System: system, Tools: tools, Command: a.Named(),
		}}),
		event(1, turncoat.Event{Kind: turncoat.EventInput, Input: &input}),
	}
}

// Named returns the command as it may be recorded: without secrets.
func (a *Agent) Named() []string {
	scrub := a.scrubber()
	var command []string
	for _, argument := range a.Command {
		command = append(command, scrub(argument))
	}
	return command
}

// limitReached is why a program was ended that had run for as long as a trial may
// take.
type limitReached time.Duration

func (l limitReached) Error() string {
	return fmt.Sprintf("the program reached the time limit of %s", time.Duration(l))
}

// settle says how a session ended, or why it has no ending.
func settle(events []turncoat.Event, exit *turncoat.Exit, ending *turncoat.Ending, err error) (*turncoat.Ending, string) {
	_, limited := errors.AsType[limitReached](err)
	switch {
	case exit == nil:
		return nil, fmt.Sprintf("the program could not be started: %v", err)
	case limited && !reached(events):
		return nil, fmt.Sprintf("%v without having reached its world", err)
	case !reached(events):
		return nil, fmt.Sprintf("the program %s without having reached its world", describe(*exit))
	case ending != nil:
		return ending, ""
	case limited:
		return &turncoat.Ending{Kind: turncoat.EndingTimeLimit, Detail: err.Error()}, ""
	case err != nil:
		return nil, err.Error()
	case exit.Code != 0:
		return nil, "the program " + describe(*exit)
	}
	return &turncoat.Ending{Kind: turncoat.EndingDone, Detail: "the program " + describe(*exit)}, ""
}

// reached reports whether a program has called its world, or a model.
func reached(events []turncoat.Event) bool {
	return slices.ContainsFunc(events, func(e turncoat.Event) bool { return e.Reply != nil })
}

// describe says how a program ended.
func describe(e turncoat.Exit) string {
	if e.Signal != "" {
		return "was ended by the signal " + e.Signal
	}
	return fmt.Sprintf("ended with the exit code %d", e.Code)
}

func (p *place) event(seq int, e turncoat.Event) turncoat.Event {
	e.Seq, e.At, e.Clock = seq, p.now().UTC(), p.clock()
	return e
}
