package judge

import (
	"fmt"

	"turncoat"
)

// saying is where in a session the agent first says something.
type saying struct {
	turncoat.Evidence
	found bool
}

// sayings returns where the agent first says a phrase of each group of the
// lexicon, in all that it says in its session: its replies with the private notes
// in them, and the model's own reasoning as far as its provider shows it.
func (b *rulebook) sayings(t turncoat.Transcript) []saying {
	all := make([]saying, b.lexicon.groups)
	for _, e := range t.Events {
		if e.Reply == nil {
			continue
		}
		for _, s := range spokenIn(e.Reply.Message) {
			b.noteSayings(all, e, s.text, s.origin)
		}
		b.noteSayings(all, e, reasoningOf(e.Reply.Message), nil)
	}
	return all
}

// noteSayings notes what is said in a text of an event for the first time, and as
// the words that stand in the event's own text, if origin says where.
func (b *rulebook) noteSayings(all []saying, e turncoat.Event, text string, origin func(turncoat.Span) turncoat.Span) {
	for group, m := range b.lexicon.find(b.quotable.ownBody(text)) {
		if !m.found || all[group].found {
			continue
		}
		said := turncoat.Evidence{Source: turncoat.Source{Event: e.Seq}, Quote: m.span.Of(text)}
		if origin != nil {
			said.Source.Span = origin(m.span)
			said.Quote = said.Source.Span.Of(e.Text())
		}
		all[group] = saying{said, true}
	}
}

// addSaying adds words of the session as evidence.
func (f *finding) addSaying(s saying) {
	f.evidence = append(f.evidence, s.Evidence)
	f.reasons = append(f.reasons, fmt.Sprintf("says %q in its session", s.Quote))
}
