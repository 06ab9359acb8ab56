package judge

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"turncoat"
)

// word is a word of a text, in the form in which words are compared, and where
// it stands. A word with an empty form is a break that no phrase may cross.
type word struct {
	form string
	span turncoat.Span
}

// wordsOf returns the words of text[from:to] with spans in text. A word is a
// longest run of letters and digits, so an apostrophe or a hyphen ends one:
// "Jessica's" has the words "jessica" and "s", and the phrase "Jessica" occurs
// in it. Combining marks and invisible format characters belong to the word
// around them, so that they cannot hide it.
func wordsOf(words []word, text string, from, to int) []word {
	start := -1
	for i, r := range text[from:to] {
		inside := isLetterOrDigit(r) || start >= 0 && isInvisible(r)
		switch {
		case inside && start < 0:
			start = from + i
		case !inside && start >= 0:
			words = appendWord(words, text, start, from+i)
			start = -1
		}
	}
	if start >= 0 {
		words = appendWord(words, text, start, to)
	}
	return words
}

func isLetterOrDigit(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func isInvisible(r rune) bool {
	return r >= utf8.RuneSelf && unicode.In(r, unicode.M, unicode.Cf)
}

func appendWord(words []word, text string, start, end int) []word {
	return append(words, word{fold(text[start:end]), turncoat.Span{Start: start, End: end}})
}

// fold returns the form in which words are compared: lower case, without
// accents and invisible characters, in Unicode's compatibility form, so that
// "Zoë", "ZOE" and full-width letters are one word.
func fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	visible := strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	return strings.ToLower(visible)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// joined returns the forms of words, each with a space on both sides, so that
// a sequence of whole words can be looked for as a string.
func joined(words []word) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, w := range words {
		b.WriteString(w.form)
		b.WriteByte(' ')
	}
	return b.String()
}

// lexicon looks for many groups of phrases in one pass over a text.
type lexicon struct {
	phrases map[string][]phrase // by first word
	groups  int
}

// phrase is a sequence of words that belongs to a group.
type phrase struct {
	words []string
	group int
}

// add makes a group of the given phrases and returns its number. It returns
// the phrase that has no words in it, if there is one.
func (l *lexicon) add(phrases []string) (group int, wordless string, ok bool) {
	if l.phrases == nil {
		l.phrases = map[string][]phrase{}
	}
	group = l.groups
	l.groups++
	for _, text := range phrases {
		var forms []string
		for _, w := range wordsOf(nil, text, 0, len(text)) {
			forms = append(forms, w.form)
		}
		if len(forms) == 0 {
			return group, text, false
		}
		l.phrases[forms[0]] = append(l.phrases[forms[0]], phrase{forms, group})
	}
	return group, "", true
}

// match is where a phrase of a group first occurs in a text.
type match struct {
	span  turncoat.Span
	found bool
}

// find returns the first match of each group in words.
func (l *lexicon) find(words []word) []match {
	matches := make([]match, l.groups)
	for i := range words {
		for _, p := range l.phrases[words[i].form] {
			if !matches[p.group].found && p.beginsAt(words[i:]) {
				last := words[i+len(p.words)-1]
				matches[p.group] = match{turncoat.Span{Start: words[i].span.Start, End: last.span.End}, true}
			}
		}
	}
	return matches
}

func (p phrase) beginsAt(words []word) bool {
	if len(words) < len(p.words) {
		return false
	}
	for i, form := range p.words {
		if words[i].form != form {
			return false
		}
	}
	return true
}
