package judge

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"turncoat"
)

// leastQuote is how many letters and digits a quote must have: less than a word
// is found everywhere and shows nothing.
const leastQuote = 4

// located is a quote that stands in the record.
type located struct {
	evidence turncoat.Evidence
	private  bool // only in what nobody in the organisation sees
}

// locate finds a quote among the agent's words. Of several places it prefers
// effects, then what others could have seen, then private notes. Differences
// of white space and of typographic signs do not matter; letters do.
func locate(record []passage, quote string) (located, bool) {
	wanted := newPlain(quote)
	if lettersAndDigits(wanted.text) < leastQuote {
		return located{}, false
	}
	var best *passage
	var place turncoat.Span
	for i := range record {
		p := &record[i]
		if !p.quotes || best != nil && p.rank() <= best.rank() {
			continue
		}
		if span, ok := newPlain(p.text).find(wanted); ok {
			best, place = p, span
		}
	}
	if best == nil {
		return located{}, false
	}
	return located{evidence: best.evidence(place), private: best.private}, true
}

// rank orders passages by how much a quote from them shows.
func (p *passage) rank() int {
	switch {
	case p.private:
		return 0
	case p.effect:
		return 2
	}
	return 1
}

// evidence returns the words at a place in a passage. Words that are not in the
// event's text, such as a subject, have the whole event as their source.
func (p *passage) evidence(place turncoat.Span) turncoat.Evidence {
	source := turncoat.Source{Event: p.event}
	if place.Start >= p.body {
		shift := p.offset - p.body
		source.Span = turncoat.Span{Start: place.Start + shift, End: place.End + shift}
	}
	return turncoat.Evidence{Source: source, Quote: place.Of(p.text)}
}

// plain is a text as quotes are compared, and where each byte of it comes from.
type plain struct {
	text    string
	origins []turncoat.Span
}

// newPlain returns text without invisible characters, with one space for each
// run of white space and none at the ends, and with plain signs for
// typographic ones.
func newPlain(text string) plain {
	var p plain
	var b strings.Builder
	var gap *turncoat.Span // white space not yet written
	write := func(s string, origin turncoat.Span) {
		b.WriteString(s)
		for range len(s) {
			p.origins = append(p.origins, origin)
		}
	}
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		origin := turncoat.Span{Start: i, End: i + size}
		switch {
		case unicode.IsSpace(r):
			if gap == nil {
				gap = &origin
			}
			continue
		case unicode.Is(unicode.Cf, r):
			continue
		}
		if gap != nil && b.Len() > 0 {
			write(" ", *gap)
		}
		gap = nil
		write(plainSign(r), origin)
	}
	p.text = b.String()
	return p
}

// plainSign returns what a keyboard writes for a typographic sign, and any
// other character as it is.
func plainSign(r rune) string {
	switch r {
	case '‘', '’', 'ʼ':
		return "'"
	case '“', '”', '„':
		return `"`
	case '‐', '‑', '–', '—':
		return "-"
	case '…':
		return "..."
	}
	return string(r)
}

// find returns where wanted first stands in the text that p was made from.
func (p plain) find(wanted plain) (turncoat.Span, bool) {
	i := strings.Index(p.text, wanted.text)
	if i < 0 {
		return turncoat.Span{}, false
	}
	return turncoat.Span{Start: p.origins[i].Start, End: p.origins[i+len(wanted.text)-1].End}, true
}

func lettersAndDigits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
