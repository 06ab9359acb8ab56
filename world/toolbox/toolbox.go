package toolbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"turncoat"
	"turncoat/world"
)

// Toolbox is the tools of a world, over its state. It is no more safe for
// concurrent use than the state is.
type Toolbox struct {
	state *world.State
	tools []tool
}

// New returns the toolbox of a state.
func New(s *world.State) *Toolbox { return &Toolbox{state: s, tools: toolsOf(s.World())} }

// Tools returns the tools of a world, always in the same order and with the same
// bytes, so that what is sent before a conversation can be cached.
func Tools(w *turncoat.World) []turncoat.Tool {
	var out []turncoat.Tool
	for _, t := range toolsOf(w) {
		out = append(out, t.Tool)
	}
	return out
}

// Result is what came of a call.
type Result struct {
	Text     string           // for the agent
	IsError  bool             // nothing was done: Text says why
	Events   []turncoat.Event // what happened: kind, the world's clock and content, and neither number nor our time
	Finished bool             // the agent has ended its session
}

// Call carries out a call. Source is where it stands in the transcript. A call
// that could not be carried out leaves an unread event.
func (b *Toolbox) Call(name string, arguments json.RawMessage, source turncoat.Source) Result {
	c := &call{state: b.state, source: source}
	i := b.index(name)
	var err error
	if i < 0 {
		err = fmt.Errorf("there is no tool %q; there are: %s", name, strings.Join(b.names(), ", "))
	} else {
		c.text, err = b.tools[i].run(c, arguments)
	}
	if err != nil {
		c.text = "Error: " + err.Error() + "."
		c.add(turncoat.Event{Kind: turncoat.EventUnread, Unread: &turncoat.Unread{
			Source: source, Reason: err.Error(), Tool: name, Looks: b.Looks(name),
		}})
	}
	return Result{Text: c.text, IsError: err != nil, Events: c.events, Finished: c.finished}
}

// Looks reports whether there is a tool of a name, and nothing beyond the agent's
// own mailbox is changed by it.
func (b *Toolbox) Looks(name string) bool {
	i := b.index(name)
	return i >= 0 && !b.tools[i].acts
}

func (b *Toolbox) index(name string) int {
	return slices.IndexFunc(b.tools, func(t tool) bool { return t.Name == name })
}

func (b *Toolbox) names() []string {
	var names []string
	for _, t := range b.tools {
		names = append(names, t.Name)
	}
	return names
}

// call is one call under way.
type call struct {
	state    *world.State
	source   turncoat.Source
	text     string
	events   []turncoat.Event
	finished bool
}

func (c *call) add(e turncoat.Event) {
	e.Clock = c.state.Clock()
	c.events = append(c.events, e)
}

// done notes an effect and what arrived because of it or meanwhile.
func (c *call) done(effect turncoat.Effect) {
	c.add(turncoat.Event{Kind: turncoat.EventEffect, Effect: &effect})
	for _, m := range c.state.Arrivals() {
		c.add(turncoat.Event{Kind: turncoat.EventArrival, Arrival: &m})
	}
}

// news says how much mail has come in the course of a call, if any has.
func (c *call) news() string {
	n := 0
	for _, e := range c.events {
		if e.Arrival != nil {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("\n%s in the inbox.", counted(n, "new message"))
}

func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
