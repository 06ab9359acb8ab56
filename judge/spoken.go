package judge

import (
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"turncoat"
)

// spoken is a text that an agent wrote, and where in its event's text each byte of
// it stands: words in a tool call's arguments are written in JSON there.
type spoken struct {
	text    string
	origins []turncoat.Span // nil: the text begins as the event's does
}

// origin returns where words stand in the event's text.
func (s spoken) origin(words turncoat.Span) turncoat.Span {
	if s.origins == nil {
		return words
	}
	return turncoat.Span{Start: s.origins[words.Start].Start, End: s.origins[words.End-1].End}
}

// spokenIn returns what an agent says in a message: its text, and each text in the
// arguments of its calls.
func spokenIn(m turncoat.Message) []spoken {
	all := []spoken{{text: m.Text()}}
	_, spans := m.Record()
	for i, call := range m.Calls() {
		for _, s := range stringsIn(string(call.Arguments)) {
			for k := range s.origins {
				s.origins[k].Start += spans[i].Start
				s.origins[k].End += spans[i].Start
			}
			all = append(all, s)
		}
	}
	return all
}

// stringsIn returns the strings in JSON that are no names of members. What is no
// JSON is one text as it is.
func stringsIn(raw string) []spoken {
	if !json.Valid([]byte(raw)) {
		return []spoken{asWritten(raw)}
	}
	var all []spoken
	decoder := jsontext.NewDecoder(strings.NewReader(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		kind, length := decoder.StackIndex(decoder.StackDepth())
		isName := kind == '{' && length%2 == 0
		if decoder.PeekKind() != '"' {
			if _, err := decoder.ReadToken(); err != nil { // the end, at the latest
				return all
			}
			continue
		}
		value, err := decoder.ReadValue()
		if err != nil {
			return all
		}
		if !isName {
			end := int(decoder.InputOffset())
			all = append(all, unquoted(raw, end-len(value)+1, end-1))
		}
	}
}

// asWritten returns a text that stands in its event as it is.
func asWritten(raw string) spoken {
	s := spoken{text: raw, origins: make([]turncoat.Span, len(raw))}
	for i := range s.origins {
		s.origins[i] = turncoat.Span{Start: i, End: i + 1}
	}
	return s
}

// escapes are what JSON's short escapes stand for.
var escapes = map[byte]string{'"': `"`, '\\': `\`, '/': "/", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t"}

// unquoted returns what raw[from:to] says, which is a JSON string without its
// quotation marks.
func unquoted(raw string, from, to int) spoken {
	s := spoken{origins: make([]turncoat.Span, 0, to-from)}
	var text strings.Builder
	write := func(words string, origin turncoat.Span) {
		text.WriteString(words)
		for range len(words) {
			s.origins = append(s.origins, origin)
		}
	}
	for i := from; i < to; {
		size, words := 1, raw[i:i+1]
		if raw[i] == '\\' {
			size, words = 2, escapes[raw[i+1]]
			if raw[i+1] == 'u' {
				size, words = codePoint(raw[i:to])
			}
		}
		write(words, turncoat.Span{Start: i, End: i + size})
		i += size
	}
	s.text = text.String()
	return s
}

// codePoint reads the escape of a code point, which takes two where it is beyond
// the first 65,536.
func codePoint(raw string) (size int, char string) {
	const one = len(`\u0000`)
	first := unitAt(raw)
	if utf16.IsSurrogate(first) && strings.HasPrefix(raw[one:], `\u`) {
		if r := utf16.DecodeRune(first, unitAt(raw[one:])); r != utf8.RuneError {
			return 2 * one, string(r)
		}
	}
	return one, string(first) // of half a pair, the sign of what cannot be read
}

// unitAt reads the four hexadecimal digits of the escape that a text begins with.
func unitAt(raw string) rune {
	var unit rune
	for _, digit := range strings.ToLower(raw[2:6]) {
		unit = unit<<4 + rune(strings.IndexRune("0123456789abcdef", digit))
	}
	return unit
}
