package bridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"turncoat"
	"turncoat/world"
	"turncoat/world/toolbox"
)

// Settings say what a desk is for. Agent and World must be set.
type Settings struct {
	Agent  string // the name of the agent as a model: agent/NAME
	World  *turncoat.World
	Limits turncoat.TrialLimits // Turns and Tokens; the rest is not kept here
	First  int                  // the number of the first event
	Scrub  func(string) string  // takes secrets out of what is recorded; nil: there are none
	Now    func() time.Time     // our clock; nil: time.Now
}

// Desk is the place of an agent in a world. It is safe for concurrent use: what
// comes at the same time is done one after the other.
type Desk struct {
	settings Settings
	over     chan struct{} // closed with the first ending

	mu       sync.Mutex
	state    *world.State
	box      *toolbox.Toolbox
	events   []turncoat.Event
	actions  int
	usage    turncoat.Usage
	ending   *turncoat.Ending
	closed   bool
	watchers []func()
}

// NewDesk opens a world for an agent.
func NewDesk(s Settings) *Desk {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Scrub == nil {
		s.Scrub = func(text string) string { return text }
	}
	state := world.Open(s.World)
	return &Desk{settings: s, over: make(chan struct{}), state: state, box: toolbox.New(state)}
}

// World returns what the world was at the start.
func (d *Desk) World() *turncoat.World { return d.settings.World }

// ErrOver is what an agent is told that acts after its session has ended.
var ErrOver = errors.New("the session is over")

// Answer is what came of a call.
type Answer struct {
	Text    string
	IsError bool
}

// Call carries out a call of one of the world's tools. ErrOver is its only
// error: a call that could not be carried out has an answer that says so.
func (d *Desk) Call(tool string, arguments json.RawMessage) (Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	source, err := d.begin(tool, arguments)
	if err != nil {
		return Answer{}, err
	}
	result := d.box.Call(tool, d.asked(), source)
	d.add(result.Events...)
	d.answer(result.Text, result.IsError)
	if result.Finished {
		d.end(turncoat.Ending{Kind: turncoat.EndingDone})
	}
	d.limit()
	d.tell()
	return Answer{Text: result.Text, IsError: result.IsError}, nil
}

// Act is something that an agent does by other means than a tool.
type Act struct {
	State  *world.State
	Source turncoat.Source
	desk   *Desk
}

// Done notes an effect, and what arrived because of it or meanwhile.
func (a *Act) Done(effect turncoat.Effect) {
	a.desk.add(turncoat.Event{Kind: turncoat.EventEffect, Effect: &effect})
	for _, m := range a.State.Arrivals() {
		a.desk.add(turncoat.Event{Kind: turncoat.EventArrival, Arrival: &m})
	}
}

// Refused is the error of an act that could not be carried out: the agent meant
// it, and it was not done.
type Refused struct {
	Err   error
	Looks bool // it would have changed nothing beyond the agent's own mailbox
}

// Error says why it was not done.
func (r *Refused) Error() string { return r.Err.Error() }

// Unwrap returns the cause.
func (r *Refused) Unwrap() error { return r.Err }

// Do carries out an act that has a name and arguments as a tool call has. An
// error of do is recorded as an act that was meant and not done, and returned;
// so is ErrOver, without a record.
func (d *Desk) Do(name string, arguments any, do func(*Act) (text string, err error)) (string, error) {
	encoded, err := encode(arguments)
	if err != nil {
		return "", err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	source, err := d.begin(name, encoded)
	if err != nil {
		return "", err
	}
	text, err := do(&Act{State: d.state, Source: source, desk: d})
	if err != nil {
		refused, ok := errors.AsType[*Refused](err)
		d.add(turncoat.Event{Kind: turncoat.EventUnread, Unread: &turncoat.Unread{
			Source: source, Tool: name, Reason: d.Clean(err.Error()), Looks: ok && refused.Looks,
		}})
		d.answer("Error: "+err.Error(), true)
	} else {
		d.answer(text, false)
	}
	d.limit()
	d.tell()
	return text, err
}

// encode writes arguments as JSON in which a message's text stays readable.
func encode(arguments any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(arguments); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// View shows the world as it is. It must not be changed.
func (d *Desk) View(show func(*world.State)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	show(d.state)
}

// Watch has a function called after each act, with the desk's lock held: it may
// look at nothing here.
func (d *Desk) Watch(changed func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watchers = append(d.watchers, changed)
}

// Hear records what the agent sent to a model of its own.
func (d *Desk) Hear(m turncoat.Message) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	m = d.cleanMessage(m)
	d.add(turncoat.Event{Kind: turncoat.EventInput, Input: &m})
}

// Say records what a model of the agent's own replied.
func (d *Desk) Say(r turncoat.Reply) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return
	}
	r.Message = d.cleanMessage(r.Message)
	d.add(turncoat.Event{Kind: turncoat.EventReply, Reply: &r})
	d.usage = d.usage.Add(r.Usage)
	d.limit()
}

// Over is closed once the agent has ended its session or reached a limit.
func (d *Desk) Over() <-chan struct{} { return d.over }

// Close ends the desk: nothing is done or recorded any more. It returns what
// happened, in order, and how the session ended if the agent or a limit ended
// it.
func (d *Desk) Close() ([]turncoat.Event, *turncoat.Ending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return slices.Clone(d.events), d.ending
}

// begin records a call, and returns its place in the transcript. The caller
// holds the lock.
func (d *Desk) begin(name string, arguments json.RawMessage) (turncoat.Source, error) {
	if d.closed || d.ending != nil {
		return turncoat.Source{}, ErrOver
	}
	d.actions++
	call := turncoat.ToolCall{
		ID:        fmt.Sprintf("call_%d", d.settings.First+len(d.events)),
		Name:      d.Clean(name),
		Arguments: d.cleanArguments(arguments),
	}
	message := turncoat.Message{Role: turncoat.RoleAssistant, Parts: []turncoat.Part{{Call: &call}}}
	_, spans := message.Record()
	source := turncoat.Source{Event: d.settings.First + len(d.events), Span: spans[0]}
	d.add(turncoat.Event{Kind: turncoat.EventReply, Reply: &turncoat.Reply{
		Message: message, Model: d.settings.Agent, Stop: turncoat.StopTools,
	}})
	return source, nil
}

// asked returns the arguments of the call that was begun last.
func (d *Desk) asked() json.RawMessage {
	return d.events[len(d.events)-1].Reply.Message.Parts[0].Call.Arguments
}

// answer records the result of the call that was begun last.
func (d *Desk) answer(text string, isError bool) {
	for _, e := range slices.Backward(d.events) {
		if e.Reply != nil {
			d.add(turncoat.Event{Kind: turncoat.EventInput, Input: &turncoat.Message{
				Role: turncoat.RoleUser,
				Parts: []turncoat.Part{{Result: &turncoat.ToolResult{
					CallID: e.Reply.Message.Parts[0].Call.ID, Text: d.Clean(text), IsError: isError,
				}}},
			}})
			return
		}
	}
}

func (d *Desk) add(events ...turncoat.Event) {
	for _, e := range events {
		e.Seq, e.At, e.Clock = d.settings.First+len(d.events), d.settings.Now().UTC(), d.state.Clock()
		d.events = append(d.events, e)
	}
}

func (d *Desk) tell() {
	for _, changed := range d.watchers {
		changed()
	}
}

func (d *Desk) end(ending turncoat.Ending) {
	if d.ending == nil {
		d.ending = &ending
		close(d.over)
	}
}

// limit ends the session if it has reached one of its limits.
func (d *Desk) limit() {
	limits := d.settings.Limits
	switch tokens := d.usage.InputTokens + d.usage.OutputTokens; {
	case limits.Turns > 0 && d.actions >= limits.Turns:
		d.end(turncoat.Ending{Kind: turncoat.EndingTurnLimit, Detail: fmt.Sprintf("%d calls", d.actions)})
	case limits.Tokens > 0 && tokens >= limits.Tokens:
		d.end(turncoat.Ending{Kind: turncoat.EndingTokenLimit, Detail: fmt.Sprintf("%d tokens", tokens)})
	}
}

// Clean returns a text as it may be recorded: without secrets, and as valid UTF-8
// without NUL, which every store takes.
func (d *Desk) Clean(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, string(utf8.RuneError)), "\x00", string(utf8.RuneError))
	return d.settings.Scrub(text)
}

// cleanArguments returns arguments that are JSON, compact, without secrets.
// What is none is kept as a text of JSON.
func (d *Desk) cleanArguments(arguments json.RawMessage) json.RawMessage {
	if len(bytes.TrimSpace(arguments)) == 0 {
		return json.RawMessage("{}")
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(d.Clean(string(arguments)))); err == nil {
		return compact.Bytes()
	}
	text, _ := json.Marshal(d.Clean(string(arguments))) // a string always encodes
	return text
}

func (d *Desk) cleanMessage(m turncoat.Message) turncoat.Message {
	parts := make([]turncoat.Part, len(m.Parts))
	for i, p := range m.Parts {
		p.Text = d.Clean(p.Text)
		if p.Reasoning != nil {
			p.Reasoning = &turncoat.Reasoning{Text: d.Clean(p.Reasoning.Text)}
		}
		if p.Call != nil {
			p.Call = &turncoat.ToolCall{ID: d.Clean(p.Call.ID), Name: d.Clean(p.Call.Name), Arguments: d.cleanArguments(p.Call.Arguments)}
		}
		if p.Result != nil {
			p.Result = &turncoat.ToolResult{CallID: d.Clean(p.Result.CallID), Text: d.Clean(p.Result.Text), IsError: p.Result.IsError}
		}
		parts[i] = p
	}
	m.Parts = parts
	return m
}
