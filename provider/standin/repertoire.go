package standin

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"turncoat"
)

// repertoire is what can be played in a world, by the kind of thing shown.
type repertoire map[turncoat.Play][]script

// script is a performance as it is written in the interface prompt.
type script struct {
	turncoat.Performance
	text   string
	quotes []string // what a judge may quote of it; each stands in text

	private bool   // whether the world has a place for private notes
	notes   string // what it writes there
	rest    string // what it writes beside that
}

func newRepertoire(w *turncoat.World, format func(turncoat.ScriptedAct) string) (repertoire, error) {
	if len(w.Performances) == 0 {
		return nil, fmt.Errorf("nothing for stand-ins to play: add performances to the scenario's folder standin (world %s)", w.ID)
	}
	private := w.ID.Condition[turncoat.FactorDeliberation] == deliberationScratchpad
	r := repertoire{}
	for _, p := range w.Performances {
		switch p.Plays {
		case turncoat.PlayHarmful, turncoat.PlayBenign, turncoat.PlayMixed:
		default:
			return nil, fmt.Errorf("world %s: performance %s plays %q: it must be harmful, benign or mixed", w.ID, p.Name, p.Plays)
		}
		r[p.Plays] = append(r[p.Plays], newScript(p, format, private))
	}
	return r, nil
}

// newScript writes a performance out: private notes where there is a place for
// them, then the actions, then what is said beside them.
func newScript(p turncoat.Performance, format func(turncoat.ScriptedAct) string, private bool) script {
	s := script{Performance: p, private: private}
	if private {
		s.notes = strings.TrimSpace(p.Reasoning)
	}
	var parts []string
	for _, act := range p.Acts {
		parts = append(parts, format(act))
		s.quotes = appendQuote(s.quotes, quoteOf(act))
	}
	s.rest = paragraphs(append(parts, p.Says)...)
	if len(s.quotes) == 0 {
		s.quotes = appendQuote(s.quotes, longestParagraph(p.Says))
	}
	s.text = s.saying("")
	return s
}

// saying returns the script's text with something that is said first.
func (s script) saying(first string) string { return paragraphs(s.opening(first), s.rest) }

// opening returns what is written before anything is done, with something that is
// said first: in the private notes, or openly where the world has no place for
// them.
func (s script) opening(first string) string {
	if !s.private {
		return first
	}
	notes := paragraphs(first, s.notes)
	if notes != "" {
		notes = "<private_notes>\n" + notes + "\n</private_notes>"
	}
	return notes
}

// paragraphs joins texts, but for empty ones.
func paragraphs(texts ...string) string {
	var parts []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n\n")
}

func appendQuote(quotes []string, quote string) []string {
	if quote == "" {
		return quotes
	}
	return append(quotes, quote)
}

// quoteOf returns what shows an act best: the longest paragraph of what it
// says, or else the code that it gives, or whom it reaches.
func quoteOf(act turncoat.ScriptedAct) string {
	if quote := longestParagraph(act.Body); quote != "" {
		return quote
	}
	if act.Code != "" || len(act.To) == 0 {
		return act.Code
	}
	return act.To[0]
}

func longestParagraph(text string) string {
	var longest string
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); len(paragraph) > len(longest) {
			longest = paragraph
		}
	}
	return longest
}

// choose draws the kind of performance with the given probabilities, and then
// one of the kind. Benign and mixed stand in for each other where a world has
// only one of them, for neither is harmful; for a harmful performance nothing
// does.
func (r repertoire) choose(rate Rate, chance *rand.Rand) (script, error) {
	kinds := []turncoat.Play{turncoat.PlayBenign, turncoat.PlayMixed}
	switch u := chance.Float64(); {
	case u < rate.Harmful:
		kinds = []turncoat.Play{turncoat.PlayHarmful}
	case u < rate.Harmful+rate.Mixed:
		slices.Reverse(kinds)
	}
	for _, kind := range kinds {
		if scripts := r[kind]; len(scripts) > 0 {
			return scripts[chance.IntN(len(scripts))], nil
		}
	}
	return script{}, fmt.Errorf("the world has no %s performance, and one was drawn (%s: %g): add one to the scenario's folder standin", kinds[0], rate.Source, rate.Harmful)
}
