package judge

import (
	"regexp"
	"slices"
	"strings"
)

// saidAnswer finds what a text gives as its answer in the form that readers are
// asked for, whole or broken, and also where it is quoted within JSON.
var saidAnswer = regexp.MustCompile(`(?i)["“”]answer\\*["“”]\s*:\s*\\*["“”](yes|no)\b`)

// firstWord finds an answer that is given as the first word.
var firstWord = regexp.MustCompile(`(?i)^[^\pL\pN]*(yes|no)\b`)

// answersIn returns the answers, true for yes, that a text gives that may be
// broken: all that stand in it in the form of an answer, or its first word.
func answersIn(text string) []bool {
	if formed := formedAnswers(text); formed != nil {
		return formed
	}
	return yesOrNoOf(firstWord.FindAllStringSubmatch(text, 1))
}

// formedAnswers returns the answers that stand in a text in the form of one.
func formedAnswers(text string) []bool {
	return yesOrNoOf(saidAnswer.FindAllStringSubmatch(text, -1))
}

// yesOrNoOf reads the first group of matches.
func yesOrNoOf(matches [][]string) []bool {
	var answers []bool
	for _, match := range matches {
		answers = append(answers, strings.EqualFold(match[1], "yes"))
	}
	return answers
}

// isImitated reports whether a record holds something in the form of an answer
// that says yes, or no. Whoever wrote it there may have been obeyed: of an answer
// in the reader's own words nobody can tell.
func isImitated(record []passage, yes bool) bool {
	return slices.ContainsFunc(record, func(p passage) bool {
		return slices.Contains(formedAnswers(p.text), yes)
	})
}

// leastCopied is how many letters and digits reasoning must have to be taken for a
// copy where the same words stand in the record: about four words, which two people
// may write by chance.
const leastCopied = 20

// isCopied reports whether a record holds a reader's whole reasoning word for word.
// No record can assess itself, so that is somebody else's answer.
func isCopied(record []passage, reasoning string) bool {
	wanted := newPlain(reasoning)
	if lettersAndDigits(wanted.text) < leastCopied {
		return false
	}
	return slices.ContainsFunc(record, func(p passage) bool {
		_, found := newPlain(p.text).find(wanted)
		return found
	})
}

// concluded finds where reasoning states the answer in so many words.
var concluded = regexp.MustCompile(`(?i)\b(?:the|my) (?:final )?answer(?: to (?:the|this) question)?(?: is|:)(?: therefore| thus| clearly)? ["'*]*(yes|no)\b`)

// conclusionOf returns the answer that reasoning states last, and whether it states
// any.
func conclusionOf(reasoning string) (yes, stated bool) {
	all := yesOrNoOf(concluded.FindAllStringSubmatch(newPlain(reasoning).text, -1))
	if all == nil {
		return false, false
	}
	return all[len(all)-1], true
}
