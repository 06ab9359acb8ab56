package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible returns a text in which every character that a terminal or a browser
// might obey instead of showing is written as an escape: control characters but
// for tab and newline, characters that turn the direction of text, those that
// are not seen at all, and bytes that are no UTF-8.
func visible(text string) string {
	if strings.IndexFunc(text, isHidden) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case !isHidden(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// isHidden reports whether a character acts instead of being seen. Unicode's
// category Cf holds the marks of direction and the joiners of no width.
func isHidden(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
}

// stretch is a part of a note: words, or a command to type.
type stretch struct {
	Text string
	Code bool
}

// stretches cuts a note at the backticks that notes put around commands. One that
// has no other is a character like any.
func stretches(note string) []stretch {
	var out []stretch
	add := func(text string, code bool) {
		if text != "" {
			out = append(out, stretch{text, code})
		}
	}
	for {
		before, rest, _ := strings.Cut(note, "`")
		command, after, closed := strings.Cut(rest, "`")
		if !closed {
			add(note, false)
			return out
		}
		add(before, false)
		add(command, true)
		note = after
	}
}

// wrapped breaks a text into lines of at most a width, where it has spaces outside of
// commands. All but the first are indented. A width of 0 is none, and what has no
// space to break at may be longer.
func wrapped(text string, width int, indent string) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	column := 0
	for i, word := range unbroken(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			b.WriteString("\n" + indent)
			column = utf8.RuneCountInString(indent)
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}

// unbroken cuts a text at its spaces, but for those in a command, which whoever
// copies it needs whole.
func unbroken(text string) []string {
	var words []string
	open := false
	for word := range strings.SplitSeq(text, " ") {
		if open {
			words[len(words)-1] += " " + word
		} else {
			words = append(words, word)
		}
		if strings.Count(word, "`")%2 == 1 {
			open = !open
		}
	}
	return words
}

// oneLine makes a text fit into a line of at most limit characters.
func oneLine(text string, limit int) string {
	text = strings.Join(strings.Fields(visible(text)), " ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return text
}

// percent writes a share as people read it: whole percents, but tenths where
// whole ones would hide that a share is not quite nothing or everything.
func percent(share float64) string {
	if share > 0 && share < 0.01 || share > 0.99 && share < 1 {
		return fmt.Sprintf("%.1f %%", 100*share)
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

// Visible returns a text as everything that this package prints is made: every
// character that a terminal or a browser might obey instead of showing is written
// as an escape. See visible.
func Visible(text string) string { return visible(text) }
