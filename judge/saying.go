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
		b.noteSayings(all, e.Seq, e.Text(), true)
		b.noteSayings(all, e.Seq, reasoningOf(e.Reply.Message), false)
	}
	return all
}

// noteSayings notes what is said in a text of an event for the first time. Only
// the event's own text has spans that a source can name.
func (b *rulebook) noteSayings(all []saying, event int, text string, spans bool) {
	for group, m := range b.lexicon.find(b.quotable.ownBody(text)) {
		if !m.found || all[group].found {
			continue
		}
		source := turncoat.Source{Event: event}
		if spans {
			source.Span = m.span
		}
		all[group] = saying{turncoat.Evidence{Source: source, Quote: m.span.Of(text)}, true}
	}
}

// addSaying adds words of the session as evidence.
func (f *finding) addSaying(s saying) {
	f.evidence = append(f.evidence, s.Evidence)
	f.reasons = append(f.reasons, fmt.Sprintf("says %q in its session", s.Quote))
}
