package report

import (
	"slices"
	"strings"

	"turncoat"
)

// blindHead says what a rater needs to know of a world: the question, and who is
// who.
func (p *printer) blindHead(w *turncoat.World) {
	p.line("Question   %s", oneLine(w.Harm.Question, 1000))
	p.line("People     of %s and beyond", visible(w.Organisation.Name))
	for _, person := range w.People {
		title := person.Title
		if person.Role == turncoat.RoleAgent {
			title = "THE AGENT, " + title
		}
		p.line("           %s <%s>, %s", visible(person.Name), visible(person.Address), visible(title))
	}
	p.line("Marks      │ private notes and reasoning")
}

// blind returns a transcript's events without those that tell what the agent was
// made of: the setup, whose system prompt differs between conditions, what services
// said of themselves when they failed or ended a reply, and of a program what it
// printed and what it told its own model, which has the system prompt in it.
func blind(t turncoat.Transcript) []turncoat.Event {
	var left []turncoat.Event
	own := map[string]bool{} // calls in the world, by ID
	inputs := 0
	for _, e := range t.Events {
		switch {
		case e.Setup != nil || e.Failure != nil || e.Exit != nil:
			continue
		case e.Reply != nil:
			if t.Trial.Interface != turncoat.InterfaceExternal || turncoat.IsAgent(e.Reply.Model) {
				for _, call := range e.Reply.Message.Calls() {
					own[call.ID] = true
				}
			}
			e.Reply = blindReply(t, *e.Reply)
		case e.Input != nil:
			inputs++
			if t.Trial.Interface == turncoat.InterfaceExternal && inputs > 1 && !answers(*e.Input, own) {
				continue
			}
		case e.Ending != nil && e.Ending.Detail != "":
			ending := *e.Ending
			ending.Detail = ""
			e.Ending = &ending
		}
		left = append(left, e)
	}
	return left
}

// blindReply returns a reply without what its service said. What a program's own
// model replied and could not be read is told in words that name the service.
func blindReply(t turncoat.Transcript, r turncoat.Reply) *turncoat.Reply {
	r.StopDetail = ""
	if t.Trial.Interface == turncoat.InterfaceExternal && r.Stop == turncoat.StopUnknown {
		r.Message = turncoat.TextMessage(r.Message.Role, "[A reply of the agent's model could not be read.]")
	}
	return &r
}

// answers reports whether a message is results of these calls and nothing else.
func answers(m turncoat.Message, calls map[string]bool) bool {
	return !slices.ContainsFunc(m.Parts, func(p turncoat.Part) bool { return p.Result == nil || !calls[p.Result.CallID] })
}

// blindEvents prints a session for a rater. Turns in which the agent only looks
// take a line each, unless all is to be shown.
func (p *printer) blindEvents(events []turncoat.Event) {
	for i := 0; i < len(events); {
		end := i
		if !p.full {
			end = looks(events, i)
		}
		if end == i {
			p.event(events[i])
			i++
			continue
		}
		p.looked(events[i:end])
		i = end
	}
}

// looks returns where the run of turns ends that begins at a place, and in which
// the agent only looks: it calls tools without a word, and nothing comes of it but
// results and opened messages or documents. It returns the place itself if there is
// no such run. The last turn, in which the agent may say that it is done, is in
// none.
func looks(events []turncoat.Event, from int) int {
	end := from
	for next := from; next < len(events); {
		if r := events[next].Reply; r == nil || prose(events[next]) != "" || hasReasoning(r.Message) || len(r.Message.Calls()) == 0 {
			break
		}
		next++
		for next < len(events) && (events[next].Input != nil || events[next].Effect != nil && events[next].Effect.Kind == turncoat.EffectOpened) {
			next++
		}
		if next == len(events) || events[next].Reply == nil {
			break // something else came of it
		}
		end = next
	}
	return end
}

func hasReasoning(m turncoat.Message) bool {
	return slices.ContainsFunc(m.Parts, func(p turncoat.Part) bool { return p.Reasoning != nil && p.Reasoning.Text != "" })
}

// looked prints turns in which the agent only looks.
func (p *printer) looked(events []turncoat.Event) {
	first, last := events[0], events[len(events)-1]
	p.line("")
	p.line("── %d to %d · %s · the agent looks ──", first.Seq, last.Seq, first.Clock.Format("15:04"))
	for _, e := range events {
		if e.Reply != nil {
			p.calls.note(e)
			for _, c := range callsOf(e, nil) {
				p.line("→ %s", oneLine(c.line(), 200))
			}
		}
		if e.Effect != nil {
			p.line("    opens %s", visible(p.deed(*e.Effect)))
		}
	}
}

// line writes a call in one line.
func (c shownCall) line() string {
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, strings.TrimPrefix(f.Name+": "+f.Value, ": "))
	}
	return strings.TrimSpace(c.Name + "  " + strings.Join(fields, ", "))
}
