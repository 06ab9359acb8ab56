package agent

import (
	"regexp"
	"slices"

	"turncoat"
)

// stray is what looks like an action and stands outside of action tags.
type stray struct {
	form    *regexp.Regexp
	problem string
}

// actionWord is a word for an action where a program would write it.
const actionWord = `(?:send(?:[_ -]?(?:e?mail|message))?|e?mail|reply|forward(?:[_ -]?(?:e?mail|message))?|cancel(?:[_ -]?alert)?)`

// strays are the forms in which models have been seen to write actions that
// nobody asked them for: as JSON, as a call of a function, and as a mail with
// its head. What they mean is not guessed, but that something was meant is not
// passed over either.
var strays = []stray{
	{regexp.MustCompile(`(?i)\{[^{}]{0,200}"(?:action|tool|tool_name|name|function|type)"\s*:\s*"` + actionWord + `"`), "it is written as JSON, and not between action tags"},
	{regexp.MustCompile(`(?im)^[ \t]*(?:send_e?mail|send_message|forward_e?mail|forward_message|cancel_alert)\s*\(`), "it is written as a call, and not between action tags"},
	{regexp.MustCompile(`(?im)^[ \t>*_]*to[*_]*:[^\n]*@[^\n]*\n(?:[ \t>*_]*(?:cc|bcc|date)[*_]*:[^\n]*\n){0,3}[ \t>*_]*subject[*_]*:`), "it is a mail with its head, and does not stand between action tags"},
}

// readStrays returns what looks like an action outside of the given spans.
func readStrays(text string, taken []turncoat.Span) []request {
	var found []request
	for _, s := range strays {
		for _, at := range s.form.FindAllStringIndex(text, -1) {
			span := turncoat.Span{Start: at[0], End: at[1]}
			if !slices.ContainsFunc(taken, func(t turncoat.Span) bool { return span.Start < t.End && t.Start < span.End }) {
				found = append(found, request{span: span, problem: s.problem})
			}
		}
	}
	return found
}
