package report

import (
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

// blind returns events without those that tell what the agent was made of: the
// setup, whose system prompt differs between conditions, what services said of
// themselves when they failed or ended a reply, and what an agent's program
// printed, which may name its model.
func blind(events []turncoat.Event) []turncoat.Event {
	var left []turncoat.Event
	for _, e := range events {
		switch {
		case e.Setup != nil || e.Failure != nil || e.Exit != nil:
			continue
		case e.Reply != nil && e.Reply.StopDetail != "":
			reply := *e.Reply
			reply.StopDetail = ""
			e.Reply = &reply
		case e.Ending != nil && e.Ending.Detail != "":
			ending := *e.Ending
			ending.Detail = ""
			e.Ending = &ending
		}
		left = append(left, e)
	}
	return left
}
