package agent

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"turncoat"
	"turncoat/world"
	"turncoat/world/toolbox"
)

// The part of the system prompt that tells a model how it acts in the interface
// tools.
//
//go:embed tools.md
var toolsText string

// Briefing returns what a model is sent at the beginning in the interface tools:
// the system prompt, the first message, and the tools.
func Briefing(w *turncoat.World) (system, user string, tools []turncoat.Tool) {
	inbox := len(world.Open(w).Inbox())
	messages := "messages"
	if inbox == 1 {
		messages = "message"
	}
	return w.System + "\n\n" + strings.TrimSpace(toolsText),
		fmt.Sprintf("%s\n\nInbox: %d %s, all unread.", w.Task, inbox, messages),
		toolbox.Tools(w)
}

// runTools lets the agent act turn by turn. A turn is a reply with all that
// follows from it, the results of its calls included, and is recorded in one
// step when it ends. A session that is interrupted goes on after the last turn
// that was recorded: the world is rebuilt from the transcript, and so is the
// conversation.
func (s Session) runTools(ctx context.Context) error {
	if s.World.Verbatim != nil {
		return fmt.Errorf("world %s is a text of others, which has the interface %s alone", s.World.ID, turncoat.InterfacePrompt)
	}
	c, err := s.newCourse()
	if err != nil {
		return err
	}
	if c.reply != nil {
		c.concludeAgain()
		if err := c.record(ctx); err != nil || c.over {
			return err
		}
	}
	if c.turns > 0 && c.limit() { // which is another one than when the last turn was recorded
		return c.record(ctx)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		answer, err := s.Model.Generate(ctx, &turncoat.Request{
			System:     c.system,
			Messages:   c.messages,
			Tools:      c.tools,
			Parameters: s.Trial.Parameters,
			Cue:        &turncoat.Cue{Trial: s.Trial, Part: turncoat.CueAgent, Turn: c.turns},
		})
		if err != nil {
			return s.failed(ctx, &c.log, err)
		}
		answer.Message = settled(answer.Message, c.seq)
		c.conclude(*c.say(turncoat.Event{Kind: turncoat.EventReply, Reply: answer}))
		if err := c.record(ctx); err != nil || c.over {
			return err
		}
	}
}

// course is the course of a session turn by turn.
type course struct {
	log
	session  Session
	system   string
	tools    []turncoat.Tool
	state    *world.State
	messages []turncoat.Message // the conversation so far
	reply    *turncoat.Event    // of the transcript before: the last one, if what follows from it is not all recorded
	stored   int                // how many of them are recorded
	turns    int
	returned string // the model's name as the service returned it
	usage    turncoat.Usage
	took     time.Duration // the model's calls together
	over     bool
}

// newCourse returns the course of a session as far as its transcript goes, with
// its beginning if that is not recorded.
func (s Session) newCourse() (*course, error) {
	c := &course{session: s, log: log{now: s.Now, seq: len(s.Before), clock: s.World.Start}}
	if c.now == nil {
		c.now = time.Now
	}
	before := s.Before
	if last := lastReply(before); last >= 0 && !isComplete(before[last+1:]) {
		c.reply, c.stored, before = &s.Before[last], len(s.Before)-last-1, s.Before[:last]
	}
	state, err := world.Rebuild(s.World, before)
	if err != nil {
		return nil, fmt.Errorf("the transcript does not belong to the world: %w", err)
	}
	c.state, c.clock = state, state.Clock()
	var user string
	c.system, user, c.tools = Briefing(s.World)
	if len(s.Before) == 0 {
		c.say(turncoat.Event{Kind: turncoat.EventSetup, Setup: &turncoat.Setup{
			Program: s.Program, System: c.system, StandIn: turncoat.IsStandIn(s.Trial.Model), Tools: c.tools,
		}})
	}
	for _, e := range before {
		c.follow(e)
	}
	if c.reply != nil {
		c.follow(*c.reply)
	}
	if len(c.messages) == 0 {
		input := turncoat.TextMessage(turncoat.RoleUser, user)
		c.say(turncoat.Event{Kind: turncoat.EventInput, Input: &input})
	}
	return c, nil
}

// lastReply returns where the last reply stands, or -1.
func lastReply(events []turncoat.Event) int {
	for i, e := range slices.Backward(events) {
		if e.Reply != nil {
			return i
		}
	}
	return -1
}

// isComplete reports whether events that follow a reply are all that follow
// from it: the results went to the model, or the session ended.
func isComplete(following []turncoat.Event) bool {
	for _, e := range following {
		if e.Input != nil || e.Ending != nil {
			return true
		}
	}
	return false
}

// say adds an event, and takes note of it.
func (c *course) say(e turncoat.Event) *turncoat.Event {
	added := c.add(e)
	c.follow(*added)
	return added
}

// follow takes note of an event that belongs to the conversation.
func (c *course) follow(e turncoat.Event) {
	switch {
	case e.Setup != nil: // a newer program may have other words, and the conversation has begun with these
		c.system, c.tools = e.Setup.System, e.Setup.Tools
	case e.Input != nil:
		c.messages = append(c.messages, *e.Input)
	case e.Reply != nil:
		c.messages = append(c.messages, e.Reply.Message)
		c.turns++
		c.returned = e.Reply.Model
		c.usage = c.usage.Add(e.Reply.Usage)
		c.took += e.Reply.Duration
	}
}

// record stores what is new, even if ctx has ended meanwhile: it has been paid
// for.
func (c *course) record(ctx context.Context) error {
	status := turncoat.StatusPlanned
	if c.over {
		status = turncoat.StatusFinished
	}
	events := c.events
	c.events = nil
	return c.session.Record(context.WithoutCancel(ctx), status, events...)
}

// concludeAgain adds what is not recorded of what follows from the transcript's
// last reply. What is recorded is the same now as then.
func (c *course) concludeAgain() {
	c.seq = c.reply.Seq + 1
	c.conclude(*c.reply)
	c.events = c.events[min(c.stored, len(c.events)):]
}

// conclude carries out what a reply asks for, and ends the session or gives the
// results to the next turn.
func (c *course) conclude(reply turncoat.Event) {
	stopped := c.stopped(*reply.Reply)
	switch {
	case stopped != nil:
		c.leaveUndone(reply)
		c.end(*stopped)
	case len(reply.Reply.Message.Calls()) == 0:
		c.leave(reply)
	default:
		c.carryOut(reply)
	}
}

// carryOut makes the calls of a reply, in order. A call that finishes the session
// ends it with the turn: all calls of it were meant.
func (c *course) carryOut(reply turncoat.Event) {
	box := toolbox.New(c.state)
	results := turncoat.Message{Role: turncoat.RoleUser}
	finished := false
	_, spans := reply.Reply.Message.Record()
	for i, call := range reply.Reply.Message.Calls() {
		result := box.Call(call.Name, call.Arguments, turncoat.Source{Event: reply.Seq, Span: spans[i]})
		for _, e := range result.Events {
			c.clock = e.Clock
			c.add(e)
		}
		results.Parts = append(results.Parts, turncoat.Part{Result: &turncoat.ToolResult{
			CallID: call.ID, Text: result.Text, IsError: result.IsError,
		}})
		finished = finished || result.Finished
	}
	if finished {
		c.end(turncoat.Ending{Kind: turncoat.EndingDone})
		return
	}
	c.say(turncoat.Event{Kind: turncoat.EventInput, Input: &results})
	c.limit()
}

// leaveUndone notes the calls of a reply that was not whole: the last one may be
// half of what was meant.
func (c *course) leaveUndone(reply turncoat.Event) {
	box := toolbox.New(c.state)
	_, spans := reply.Reply.Message.Record()
	for i, call := range reply.Reply.Message.Calls() {
		c.add(turncoat.Event{Kind: turncoat.EventUnread, Unread: &turncoat.Unread{
			Source: turncoat.Source{Event: reply.Seq, Span: spans[i]}, Tool: call.Name, Looks: box.Looks(call.Name), Reason: "the reply was not whole",
		}})
	}
}

// stopped returns the ending of a reply that was not whole.
func (c *course) stopped(reply turncoat.Reply) *turncoat.Ending {
	switch reply.Stop {
	case turncoat.StopRefusal, turncoat.StopFilter:
		return &turncoat.Ending{Kind: turncoat.EndingBlocked, Detail: "the provider stopped the reply: " + detail(reply)}
	case turncoat.StopLength:
		return &turncoat.Ending{Kind: turncoat.EndingCutOff, Detail: "the reply reached the limit on tokens"}
	case turncoat.StopUnknown:
		if len(reply.Message.Calls()) == 0 {
			return &turncoat.Ending{Kind: turncoat.EndingUnreadable, Detail: "the reply ended for a reason that is not known: " + detail(reply)}
		}
	case turncoat.StopEnd, turncoat.StopTools:
	}
	return nil
}

// leave ends the session with a reply that calls no tool: the model has said
// that it is done. A first reply without a word says nothing, while services are
// known to leave the last one empty after results that need no comment. Actions
// that the reply holds as text, as if it were in the interface prompt, were
// meant and not carried out.
func (c *course) leave(reply turncoat.Event) {
	text := reply.Reply.Message.Text()
	if c.turns == 1 && strings.TrimSpace(text) == "" {
		c.end(turncoat.Ending{Kind: turncoat.EndingUnreadable, Detail: "the reply has neither text nor calls"})
		return
	}
	blocks, _ := scan(text)
	for _, b := range blocks {
		c.add(turncoat.Event{Kind: turncoat.EventUnread, Unread: &turncoat.Unread{
			Source: turncoat.Source{Event: reply.Seq, Span: b.span}, Reason: "it is written as text, and not called as a tool",
		}})
	}
	c.end(turncoat.Ending{Kind: turncoat.EndingDone})
}

func (c *course) end(ending turncoat.Ending) {
	c.add(turncoat.Event{Kind: turncoat.EventEnding, Ending: &ending})
	c.over = true
}

// limit ends the session if it has reached one of its limits.
func (c *course) limit() bool {
	limits := c.session.Trial.Limits
	switch tokens := c.usage.InputTokens + c.usage.OutputTokens; {
	case limits.Turns > 0 && c.turns >= limits.Turns:
		c.end(turncoat.Ending{Kind: turncoat.EndingTurnLimit, Detail: fmt.Sprintf("%d turns", c.turns)})
	case limits.Tokens > 0 && tokens >= limits.Tokens:
		c.end(turncoat.Ending{Kind: turncoat.EndingTokenLimit, Detail: fmt.Sprintf("%d tokens", tokens)})
	case limits.Time > 0 && c.took >= limits.Time:
		c.end(turncoat.Ending{Kind: turncoat.EndingTimeLimit, Detail: fmt.Sprintf("the model's calls took %s", c.took.Round(time.Second))})
	case limits.Cost > 0 && c.session.Cost != nil && c.session.Cost(c.returned, c.usage) >= limits.Cost:
		c.end(turncoat.Ending{Kind: turncoat.EndingCostLimit, Detail: fmt.Sprintf("%.2f US dollars", c.session.Cost(c.returned, c.usage))})
	}
	return c.over
}

// settled returns a model's message as the store will give it back: arguments
// without needless space, and each call with an ID of its own, which some
// services leave out.
func settled(m turncoat.Message, event int) turncoat.Message {
	parts := make([]turncoat.Part, len(m.Parts))
	seen := map[string]bool{}
	for i, p := range m.Parts {
		if p.Call != nil {
			call := *p.Call
			if call.ID == "" || seen[call.ID] {
				call.ID = fmt.Sprintf("call_%d_%d", event, i)
			}
			seen[call.ID] = true
			var compact bytes.Buffer
			if err := json.Compact(&compact, call.Arguments); err == nil {
				call.Arguments = compact.Bytes()
			}
			p.Call = &call
		}
		parts[i] = p
	}
	m.Parts = parts
	return m
}
