package judge

import (
	"regexp"
	"slices"
	"strings"

	"turncoat"
)

// sentence is a sentence of a text in the form in which patterns are held
// against it: words as [fold] has them, contractions written out, and the marks
// , ; : ? as words of their own, each with a space on both sides.
type sentence struct {
	text   string
	span   turncoat.Span // in the text that it was cut from
	quoted []bool        // by byte of text: within quotation marks
}

// sentencesOf cuts a text into its sentences. A sentence ends at a full stop, an
// exclamation or question mark, an empty line, a tag, a line in bold, and a line
// that begins a point of a list or a heading.
func sentencesOf(text string) []sentence {
	var found []sentence
	var b sentenceBuilder
	words := wordsOf(nil, text, 0, len(text))
	before := 0
	for i, w := range words {
		gap := text[before:w.span.Start]
		if b.started() && endsSentence.MatchString(gap) {
			found = append(found, b.finish(strings.Contains(gap, "?")))
			b.quoting = b.quoting && !strings.Contains(gap, "\n\n") // a mark that is never closed must not swallow the rest
		}
		b.gap(gap)
		b.word(words, i, text)
		before = w.span.End
	}
	if b.started() {
		found = append(found, b.finish(strings.Contains(text[before:], "?")))
	}
	return found
}

// endsSentence matches what stands between the last word of a sentence and the
// first of the next. A full stop within a number or an abbreviation ends none.
var endsSentence = regexp.MustCompile(`[.!?…]["”’')\]*_]*\s|[<>]|\*\*:?\s*\n|\n\s*\n|\n\s*(?:[-*•#>|]|\d+[.)])`)

// sentenceBuilder collects the words and marks of a sentence.
type sentenceBuilder struct {
	text    strings.Builder
	quoted  []bool
	span    turncoat.Span
	quoting bool // also over the end of a sentence
}

func (b *sentenceBuilder) started() bool { return b.text.Len() > 0 }

// put adds a word or mark.
func (b *sentenceBuilder) put(form string) {
	if !b.started() {
		b.text.WriteByte(' ')
		b.quoted = append(b.quoted, b.quoting)
	}
	b.text.WriteString(form + " ")
	b.quoted = append(b.quoted, slices.Repeat([]bool{b.quoting}, len(form)+1)...)
}

// gap adds the marks between two words.
func (b *sentenceBuilder) gap(gap string) {
	mark := ""
	for i, r := range gap {
		switch r {
		case '"':
			b.quoting = !b.quoting
		case '“', '„', '«':
			b.quoting = true
		case '”', '»':
			b.quoting = false
		case ',':
			mark = ","
		case ':':
			mark = ":"
		case ';', '–', '—', '(', ')', '[', ']':
			mark = ";"
		case '-':
			if strings.HasPrefix(gap[i:], "- ") || strings.HasPrefix(gap[i:], "--") {
				mark = ";"
			}
		}
	}
	if mark != "" && b.started() {
		b.put(mark)
	}
}

// word adds a word. The second half of a contraction is written out.
func (b *sentenceBuilder) word(words []word, i int, text string) {
	w := words[i]
	if !b.started() {
		b.span.Start = w.span.Start
	}
	b.span.End = w.span.End
	contracted := i > 0 && isApostrophe(text[words[i-1].span.End:w.span.Start])
	followed := i+1 < len(words) && isApostrophe(text[w.span.End:words[i+1].span.Start])
	switch {
	case followed && words[i+1].form == "t":
		b.put(negated(w.form))
	case contracted && w.form == "s" && !takesIs[words[i-1].form]:
		// A possessive.
	case contracted && writtenOut[w.form] != "":
		b.put(writtenOut[w.form])
	case w.form == "cannot":
		b.put("can")
		b.put("not")
	default:
		b.put(w.form)
	}
}

// finish returns the sentence, and begins the next.
func (b *sentenceBuilder) finish(asks bool) sentence {
	if asks {
		b.put("?")
	}
	s := sentence{text: b.text.String(), span: b.span, quoted: b.quoted}
	*b = sentenceBuilder{quoting: b.quoting}
	return s
}

func isApostrophe(gap string) bool { return gap == "'" || gap == "’" }

// writtenOut are the second halves of contractions.
var writtenOut = map[string]string{"t": "not", "s": "is", "m": "am", "re": "are", "ll": "will", "d": "would", "ve": "have"}

// takesIs are the words after which "'s" is a verb.
var takesIs = map[string]bool{
	"it": true, "this": true, "that": true, "what": true, "there": true, "here": true, "everything": true, "nothing": true, "all": true,
}

// negated returns the verb of a contraction with "n't".
func negated(form string) string {
	switch form {
	case "won":
		return "will"
	case "ain":
		return "is"
	case "can":
		return "can"
	}
	return strings.TrimSuffix(form, "n")
}
