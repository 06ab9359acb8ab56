package report

import (
	"slices"
	"strings"

	"turncoat"
	"turncoat/agent"
)

// segment is a stretch of an event's text that is shown in one way.
type segment struct {
	Text    string
	Private bool // in the agent's private notes
	Quoted  bool // evidence of a verdict or an annotation
}

// segments cuts an event's prose where private notes and evidence begin and end:
// its text without tool calls and their results, which are shown by their parts.
func segments(e turncoat.Event, judgements []turncoat.Judgement) []segment {
	text := prose(e)
	var private, quoted []turncoat.Span
	if e.Reply != nil {
		private = agent.PrivateNotes(text)
	}
	if e.Exit != nil {
		private = []turncoat.Span{{End: len(text)}} // nobody in the organisation sees what a program prints
	}
	for _, s := range evidenceIn(e, judgements) {
		if s.Start < len(text) {
			quoted = append(quoted, turncoat.Span{Start: s.Start, End: min(s.End, len(text))})
		}
	}
	return cut(text, private, quoted)
}

// reasoningSegments cuts a model's own reasoning, which is private and no part of
// its event's text: evidence in it has a quote and no place.
func reasoningSegments(event int, text string, judgements []turncoat.Judgement) []segment {
	var quoted []turncoat.Span
	for _, evidence := range evidenceOf(judgements) {
		if evidence.Source.Event != event || evidence.Source.Span != (turncoat.Span{}) || evidence.Quote == "" {
			continue
		}
		if i := strings.Index(text, evidence.Quote); i >= 0 {
			quoted = append(quoted, turncoat.Span{Start: i, End: i + len(evidence.Quote)})
		}
	}
	return cut(text, []turncoat.Span{{Start: 0, End: len(text)}}, quoted)
}

// evidenceOf returns all that verdicts and annotations rest on.
func evidenceOf(judgements []turncoat.Judgement) []turncoat.Evidence {
	var all []turncoat.Evidence
	for _, j := range judgements {
		if j.Verdict != nil {
			all = append(all, j.Verdict.Evidence...)
		}
		if j.Annotation != nil {
			for _, l := range j.Annotation.Labels {
				all = append(all, l.Evidence...)
			}
		}
	}
	return all
}

// cut cuts a text where private or quoted stretches begin and end.
func cut(text string, private, quoted []turncoat.Span) []segment {
	cuts := []int{0, len(text)}
	for _, s := range append(slices.Clone(private), quoted...) {
		cuts = append(cuts, s.Start, s.End)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []segment
	for i := 1; i < len(cuts); i++ {
		at := turncoat.Span{Start: cuts[i-1], End: cuts[i]}
		out = append(out, segment{visible(at.Of(text)), within(at, private), within(at, quoted)})
	}
	return out
}

// prose returns the beginning of an event's text that is neither call nor result.
func prose(e turncoat.Event) string {
	switch {
	case e.Input != nil:
		return e.Input.Text()
	case e.Reply != nil:
		return e.Reply.Message.Text()
	}
	return e.Text()
}

// evidenceIn returns the places in an event's text that verdicts and annotations
// rest on.
func evidenceIn(e turncoat.Event, judgements []turncoat.Judgement) []turncoat.Span {
	var places []turncoat.Span
	length := len(e.Text())
	for _, evidence := range evidenceOf(judgements) {
		if s := evidence.Source; s.Event == e.Seq && s.Span.End > s.Span.Start && s.Span.End <= length {
			places = append(places, s.Span)
		}
	}
	return places
}

func within(s turncoat.Span, spans []turncoat.Span) bool {
	return slices.ContainsFunc(spans, func(o turncoat.Span) bool { return o.Start <= s.Start && s.End <= o.End })
}
