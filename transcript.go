package turncoat

import "time"

// Transcript is the record of a trial: its events in order. What is not in the
// transcript did not happen.
type Transcript struct {
	Trial  Trial   `json:"trial"`
	Events []Event `json:"events"`
}

// Event is one thing in a transcript. Kind says which one of the fields below
// it is set.
type Event struct {
	Seq   int       `json:"seq"` // from 0, without gaps
	Kind  EventKind `json:"kind"`
	At    time.Time `json:"at"`    // our clock, UTC
	Clock time.Time `json:"clock"` // the world's clock

	Setup   *Setup   `json:"setup,omitempty"`
	Input   *Message `json:"input,omitempty"`
	Reply   *Reply   `json:"reply,omitempty"`
	Effect  *Effect  `json:"effect,omitempty"`
	Arrival *Mail    `json:"arrival,omitempty"`
	Unread  *Unread  `json:"unread,omitempty"`
	Exit    *Exit    `json:"exit,omitempty"`
	Failure *Failure `json:"failure,omitempty"`
	Ending  *Ending  `json:"ending,omitempty"`
}

// EventKind is the kind of an event.
type EventKind string

// Kinds of event, each named for the field of [Event] that it sets.
const (
	EventSetup   EventKind = "setup"   // the trial began
	EventInput   EventKind = "input"   // a message to the model
	EventReply   EventKind = "reply"   // a message from the model, or one call that an agent of the user's own made
	EventEffect  EventKind = "effect"  // the agent changed the world
	EventArrival EventKind = "arrival" // a message came for the agent in the course of its session
	EventUnread  EventKind = "unread"  // the agent meant an action that couldn't be read or done
	EventExit    EventKind = "exit"    // the program of an agent of the user's own ended
	EventFailure EventKind = "failure" // something of ours or the provider's broke
	EventEnding  EventKind = "ending"  // the trial is over
)

// Setup is what a trial began with.
type Setup struct {
	Program string `json:"program"` // Turncoat's version
	System  string `json:"system"`  // the system prompt as sent
	StandIn bool   `json:"stand_in,omitempty"`
	Tools   []Tool `json:"tools,omitempty"` // what the model could call

	Command []string `json:"command,omitempty"` // that was run as the agent, without secrets
}

// Source says where in the transcript something came from: an event, and a
// span of that event's text. What a tool call led to has the span of the call's
// arguments.
type Source struct {
	Event int  `json:"event"` // Event.Seq
	Span  Span `json:"span"`  // in bytes of [Event.Text]; zero means all of it
}

// EffectKind is the kind of an effect.
type EffectKind string

// Kinds of effect on a world. The first three are acts: others learn of them or
// live with them. The rest happens in the agent's own mailbox.
const (
	EffectSent      EffectKind = "sent"      // a new message, or an answer to one
	EffectForwarded EffectKind = "forwarded" // an old message, passed on
	EffectCancelled EffectKind = "cancelled" // an alert
	EffectOpened    EffectKind = "opened"    // a message or document, for the first time
	EffectDrafted   EffectKind = "drafted"   // a message that is written and not sent
	EffectArchived  EffectKind = "archived"  // messages put away
	EffectWaited    EffectKind = "waited"    // time that the agent let pass
)

// IsAct reports whether an effect of this kind reaches beyond the agent's own
// mailbox.
func (k EffectKind) IsAct() bool {
	return k == EffectSent || k == EffectForwarded || k == EffectCancelled
}

// Effect is one change of the world by the agent. A world can be rebuilt at
// any event by applying the effects before it.
type Effect struct {
	Kind   EffectKind `json:"kind"`
	Source Source     `json:"source"`          // the agent's words that asked for it
	Mail   *Mail      `json:"mail,omitempty"`  // the message that was sent or drafted, or is the forwarding one
	Of     []string   `json:"of,omitempty"`    // forwarded, opened, archived: the Mail.ID values
	Alert  string     `json:"alert,omitempty"` // cancelled: the Alert.ID
	Code   string     `json:"code,omitempty"`  // cancelled: the code that was given

	Document string     `json:"document,omitempty"` // opened: the Document.ID
	Draft    string     `json:"draft,omitempty"`    // drafted: the Mail.ID of the draft that this one replaces; sent: of the one that was sent
	Until    *time.Time `json:"until,omitempty"`    // waited: the world's clock afterwards
}

// Unread is an action that the agent meant but that could not be carried out.
type Unread struct {
	Source Source `json:"source"`
	Reason string `json:"reason"`
	Tool   string `json:"tool,omitempty"`  // that was called; the agent was told the reason, and could call again
	Looks  bool   `json:"looks,omitempty"` // the call would have changed nothing beyond the agent's own mailbox
}

// Exit is how the program of an agent ended, and what it printed.
type Exit struct {
	Code   int    `json:"code"`             // -1: a signal ended it
	Signal string `json:"signal,omitempty"` // that ended it
	Ended  string `json:"ended,omitempty"`  // why it was ended from outside; empty: it ended by itself
	Output string `json:"output,omitempty"` // of both streams, in the order in which it came
	// Dropped is how many bytes were left out of the middle of Output.
	Dropped int64 `json:"dropped,omitempty"`
	// Left is how many processes it left behind, which were ended.
	Left int `json:"left,omitempty"`
}

// Failure is something that broke, and is nobody's behaviour.
type Failure struct {
	Stage   string    `json:"stage"` // model, agent, judge, world, store, [StageImport], …
	Kind    ErrorKind `json:"kind,omitempty"`
	Message string    `json:"message"`

	// Charges are what the calls of a judge or an annotator took that failed, with
	// those of its earlier attempts at the trial: they were spent all the same.
	Charges []Charge `json:"charges,omitempty"`

	// Attempt holds what an agent did that cannot go on where it broke. It was
	// done in a world that is gone, and is no part of what is judged; the tokens
	// were spent all the same.
	Attempt []Event `json:"attempt,omitempty"`
}

// StageImport is the stage of a failure that was imported: the trial broke
// elsewhere, and nobody can run it again here.
const StageImport = "import"

// EndingKind is why a trial is over.
type EndingKind string

// Endings of a trial. All but EndingDone and the limits make its outcome
// invalid: the model took no part, so there is nothing to judge.
const (
	EndingDone       EndingKind = "done"       // the agent ended its session
	EndingBlocked    EndingKind = "blocked"    // the provider refused or filtered
	EndingCutOff     EndingKind = "cut_off"    // the reply hit the limit on tokens
	EndingUnreadable EndingKind = "unreadable" // the reply was empty, or not one action in it could be read

	EndingTurnLimit  EndingKind = "turn_limit"  // [TrialLimits.Turns]
	EndingTokenLimit EndingKind = "token_limit" // [TrialLimits.Tokens]
	EndingTimeLimit  EndingKind = "time_limit"  // [TrialLimits.Time]
	EndingCostLimit  EndingKind = "cost_limit"  // [TrialLimits.Cost]
)

// Ending says why a trial is over.
type Ending struct {
	Kind   EndingKind `json:"kind"`
	Detail string     `json:"detail,omitempty"`
}

// Invalid reports whether a trial with this ending and a single reply has no
// behaviour to judge.
func (e Ending) Invalid() bool { return e.Kind != EndingDone && !e.IsLimit() }

// IsLimit reports whether the trial reached one of its [TrialLimits].
func (e Ending) IsLimit() bool {
	switch e.Kind {
	case EndingTurnLimit, EndingTokenLimit, EndingTimeLimit, EndingCostLimit:
		return true
	case EndingDone, EndingBlocked, EndingCutOff, EndingUnreadable:
	}
	return false
}

// Text returns the text of an event that spans refer to: all of a message (see
// [Message.Record]), or the body of a mail that an effect sent or that arrived.
func (e Event) Text() string {
	switch {
	case e.Input != nil:
		text, _ := e.Input.Record()
		return text
	case e.Reply != nil:
		text, _ := e.Reply.Message.Record()
		return text
	case e.Effect != nil && e.Effect.Mail != nil:
		return e.Effect.Mail.Body
	case e.Arrival != nil:
		return e.Arrival.Body
	case e.Exit != nil:
		return e.Exit.Output
	}
	return ""
}

// Effects returns the transcript's effects with the events that hold them.
func (t Transcript) Effects() []Event {
	var effects []Event
	for _, e := range t.Events {
		if e.Kind == EventEffect {
			effects = append(effects, e)
		}
	}
	return effects
}

// Ending returns how the trial ended, or nil if it has not.
func (t Transcript) Ending() *Ending {
	for _, e := range t.Events {
		if e.Ending != nil {
			return e.Ending
		}
	}
	return nil
}

// Interrupted reports whether the session was ended before the agent ended it,
// and after at least one turn that was whole. What the agent did until then is
// conduct; what it would have done after that, nobody knows.
func (t Transcript) Interrupted() bool {
	ending := t.Ending()
	if ending == nil || ending.Kind == EndingDone {
		return false
	}
	return ending.IsLimit() || t.Turns() > 1
}

// Turns returns how many replies of the model the transcript has.
func (t Transcript) Turns() int {
	n := 0
	for _, e := range t.Events {
		if e.Reply != nil {
			n++
		}
	}
	return n
}

// Usage returns the tokens of all the transcript's model calls, those of
// attempts that failed included.
func (t Transcript) Usage() Usage {
	var sum Usage
	for _, e := range t.Events {
		sum = sum.Add(e.Usage())
	}
	return sum
}

// Usage returns the tokens of the model calls in an event.
func (e Event) Usage() Usage {
	switch {
	case e.Reply != nil:
		return e.Reply.Usage
	case e.Failure != nil:
		return Transcript{Events: e.Failure.Attempt}.Usage()
	}
	return Usage{}
}

// ReturnedModel returns the model's name as the provider returned it, or "" if
// no reply came. What an agent of the user's own did is no model's reply.
func (t Transcript) ReturnedModel() string {
	for _, e := range t.Events {
		if e.Reply != nil && !IsAgent(e.Reply.Model) {
			return e.Reply.Model
		}
	}
	return ""
}
