package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quotes are the pairs that models put around values.
var quotes = []struct{ open, close string }{{`"`, `"`}, {"“", "”"}}

// bare returns a value without what the syntax of an action put around it:
// quotes, of which models forget one or the other, and the comma after it. A
// quotation that is part of the value stays.
func bare(s string) string {
	s = strings.TrimSpace(s)
	for _, q := range quotes {
		end := strings.TrimRight(s, ", \t\r\n")
		opens, closes := strings.HasPrefix(s, q.open), strings.HasSuffix(end, q.close)
		switch odd := odd(s, q.open, q.close); {
		case opens && closes && len(end) >= len(q.open)+len(q.close) && wraps(end, q.open, q.close):
			return strings.TrimSpace(end[len(q.open) : len(end)-len(q.close)])
		case opens && !closes && odd:
			return strings.TrimSpace(s[len(q.open):])
		case closes && !opens && odd:
			return strings.TrimSpace(end[:len(end)-len(q.close)])
		}
	}
	return s
}

// odd reports whether some quote of a pair has no counterpart.
func odd(s, open, end string) bool {
	if open == end {
		return strings.Count(s, open)%2 == 1
	}
	return strings.Count(s, open) != strings.Count(s, end)
}

// wraps reports whether the quotes at both ends of a text belong together: the
// next one in it, if there is any, begins a quotation inside of them and does
// not end the first.
func wraps(s, open, end string) bool {
	inner := s[len(open) : len(s)-len(end)]
	next := strings.Index(inner, end)
	if next < 0 || open != end {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(inner[:next])
	return next == 0 || unicode.IsSpace(before) || strings.ContainsRune("([{—–-/>", before)
}
