package agent

import (
	"regexp"

	"turncoat"
)

// The tags of private notes: the one that our prompts name, and those that
// models are known to use for their thinking of their own accord.
const noteNames = `private[_ -]?notes?|scratch[_ -]?pad(?:[_ -]reasoning)?|thinking|think|reasoning`

var noteTagPattern = regexp.MustCompile(`(?i)^` + lt + `\s*(/?)\s*(?:` + noteNames + `)\s*` + gt)

// noteTag is where private notes begin or end.
type noteTag struct {
	start, end int
	closing    bool
}

func noteTags(text string) []noteTag {
	var tags []noteTag
	for _, m := range findTags(noteTagPattern, text) {
		tags = append(tags, noteTag{m[0], m[1], m[3] > m[2]})
	}
	return tags
}

// PrivateNotes returns where the private notes of a reply stand in its text.
func PrivateNotes(text string) []turncoat.Span {
	_, private := scan(text)
	return private
}
