package agent

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"turncoat"
	"turncoat/world"
)

// How replies are read. The reading is forgiving in syntax: tags in any case
// and spacing, under several names, in Markdown fences or escaped as HTML;
// headers in any order, bold or quoted; recipients without commas, with names
// or as names. It is strict in meaning: what stands in a private note is no
// action, what is quoted inside an action's body is none either, and whatever
// looks like an action and cannot be read is reported with the reason, never
// dropped and never guessed.

// request is one thing in a reply that looks like an action.
type request struct {
	span    turncoat.Span // in the reply's text
	action  string        // send, forward, cancel
	message world.Message
	ids     []string // forward: the numbers of messages
	code    string   // cancel
	problem string   // why it cannot be read, or ""
}

const (
	lt = `(?:<|&lt;)`
	gt = `(?:>|&gt;)`
	// bareNames are tags that mean an action without saying that they do.
	bareNames = `send[_ -]?(?:e?mail|message)?|forward[_ -]?(?:e?mail|message)?|cancel[_ -]?alert`
	// attributes may stand in a tag after the name, and mean nothing here.
	attributes = `(?:\s+[a-z_-]+\s*=\s*(?:"[^"<>\n]*"|'[^'<>\n]*'))*`
)

var (
	openingTag = regexp.MustCompile(`(?i)^` + lt + `\s*(?:(?:action|tool_use|tool)\s*(?:[:=/]|\s(?:\s*(?:type|name)\s*=)?)\s*["']?\s*([a-z][a-z0-9_ -]*?)|(` + bareNames + `))\s*["']?` + attributes + `\s*` + gt)
	closingTag = regexp.MustCompile(`(?i)^` + lt + `\s*/\s*(?:(?:(?:action|tool_use|tool)\b[^<>&\n]{0,40}|` + bareNames + `)\s*` + gt + `|(?:action|tool_use):[a-z_]+\s*(?:\n|\z))`)
)

// verbs are the names under which an action may be asked for.
var verbs = map[string]string{
	"send": "send", "email": "send", "mail": "send", "sendemail": "send", "sendmail": "send", "sendmessage": "send", "reply": "send",
	"forward": "forward", "forwardemail": "forward", "forwardmail": "forward", "forwardmessage": "forward",
	"cancel": "cancel", "cancelalert": "cancel",
}

// readActions finds everything in a reply that looks like an action, in order.
// A reply that was cut off may end inside of one, which is then not whole.
func readActions(text string, cutOff bool) []request {
	blocks, taken := scan(text)
	var found []request
	for _, b := range blocks {
		taken = append(taken, b.span)
		r := b.read(text, cutOff)
		if b.unclear {
			r.problem = "it stands beside a tag of private notes that has no counterpart, so it cannot be told whether it was meant"
		}
		found = append(found, r)
	}
	found = append(found, readStrays(text, taken)...)
	slices.SortFunc(found, func(a, b request) int { return a.span.Start - b.span.Start })
	return found
}

// scan goes through a reply from its beginning, and tells actions from private
// notes: a tag inside of one is part of it, whatever it says. A note that is
// never closed could end anywhere, and one that is closed but never opened could
// begin anywhere: an action that may be part of such a note is unclear.
func scan(text string) (blocks []block, private []turncoat.Span) {
	notes, tags := noteTags(text), actionTags(text)
	unclear := false // since a note that is never closed
	since := 0       // the first block after the last note
	for at := 0; ; {
		for len(notes) > 0 && notes[0].start < at {
			notes = notes[1:]
		}
		for len(tags) > 0 && (tags[0].start < at || !tags[0].opening) {
			tags = tags[1:] // a closing tag without a beginning asks for nothing
		}
		switch {
		case len(tags) > 0 && (len(notes) == 0 || tags[0].start < notes[0].start):
			b := blockAt(text, tags)
			b.unclear = unclear
			blocks = append(blocks, b)
			at = b.span.End
		case len(notes) == 0:
			return blocks, private
		case notes[0].closing:
			for i := since; i < len(blocks); i++ {
				blocks[i].unclear = true
			}
			since, at = len(blocks), notes[0].end
		default:
			end := slices.IndexFunc(notes, func(n noteTag) bool { return n.closing })
			if end < 0 {
				unclear, at = true, notes[0].end
				continue
			}
			private = append(private, turncoat.Span{Start: notes[0].start, End: notes[end].end})
			since, at = len(blocks), notes[end].end
		}
	}
}

// block is an opening tag with what belongs to it.
type block struct {
	span    turncoat.Span // tags included
	inner   turncoat.Span
	name    string
	escaped bool // the tag was written as HTML entities
	closed  bool
	unclear bool // it may be part of a private note
}

type tag struct {
	start, end int
	opening    bool
	name       string
	lineStart  bool
}

// blockAt returns the block that the first of the tags opens. Action tags at the
// beginning of a line inside of a block nest, so that an action quoted in a
// message stays part of the message; where nesting does not work out, a block
// without a closing tag ends where the next one begins.
func blockAt(text string, tags []tag) block {
	b := block{
		name:    tags[0].name,
		escaped: strings.HasPrefix(text[tags[0].start:], "&"),
		span:    turncoat.Span{Start: tags[0].start, End: len(text)},
		inner:   turncoat.Span{Start: tags[0].end, End: len(text)},
	}
	if end, ok := closing(tags); ok {
		b.closed = true
		b.inner.End, b.span.End = end.start, end.end
	} else if next, ok := nextOpening(tags); ok {
		b.inner.End, b.span.End = next.start, next.start
	}
	return b
}

func actionTags(text string) []tag {
	var tags []tag
	for _, m := range findTags(openingTag, text) {
		name := m[2:4]
		if name[0] < 0 {
			name = m[4:6]
		}
		tags = append(tags, tag{m[0], m[1], true, text[name[0]:name[1]], startsLine(text, m[0])})
	}
	for _, m := range findTags(closingTag, text) {
		tags = append(tags, tag{m[0], m[1], false, "", startsLine(text, m[0])})
	}
	slices.SortFunc(tags, func(a, b tag) int { return a.start - b.start })
	return tags
}

// findTags returns what FindAllStringSubmatchIndex would for a pattern that is
// anchored to the beginning of a tag. It tries the pattern where a tag can
// begin and nowhere else, which takes a tenth of the time.
func findTags(tag *regexp.Regexp, text string) [][]int {
	var found [][]int
	for at := 0; at < len(text); {
		next := strings.IndexAny(text[at:], "<&")
		if next < 0 {
			break
		}
		at += next
		m := tag.FindStringSubmatchIndex(text[at:])
		if m == nil {
			at++
			continue
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += at
			}
		}
		found = append(found, m)
		at = m[1]
	}
	return found
}

// closing returns the tag that closes the block which the first tag opens.
func closing(tags []tag) (tag, bool) {
	depth := 1
	for _, t := range tags[1:] {
		switch {
		case t.opening && t.lineStart:
			depth++
		case !t.opening:
			depth--
		}
		if depth == 0 {
			return t, true
		}
	}
	return tag{}, false
}

func nextOpening(tags []tag) (tag, bool) {
	for _, t := range tags[1:] {
		if t.opening {
			return t, true
		}
	}
	return tag{}, false
}

// startsLine reports whether nothing but layout stands before a place on its
// line: spaces, the marks of lists, quotes and code.
func startsLine(text string, at int) bool {
	line := text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	return strings.Trim(line, " \t*-`>#.0123456789") == ""
}

// read reads the block's fields.
func (b block) read(text string, cutOff bool) request {
	r := request{span: b.span}
	verb := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(b.name))
	action, ok := verbs[verb]
	if !ok {
		r.problem = "there is no action " + strconv.Quote(b.name)
		return r
	}
	r.action = action
	inner := b.inner.Of(text)
	if b.escaped {
		inner = html.UnescapeString(inner)
	}
	f := readFields(inner)
	r.message = world.Message{To: f.recipients("to"), Cc: append(f.recipients("cc"), f.recipients("bcc")...), Subject: f.line("subject"), Body: f.body}
	r.code = unquote(withoutAside(f.line("code")))
	switch {
	case !b.closed && cutOff:
		r.problem = "the reply was cut off before the action ended"
	case action == "cancel":
		if r.code == "" {
			r.problem = "it names no code"
		}
	case len(r.message.To) == 0:
		r.problem = "it names no recipient"
	case action == "forward":
		if r.ids = numbers(f.list("message")); len(r.ids) == 0 {
			r.problem = "it names no message by its number"
		}
	case r.message.Body == "":
		r.problem = "it has no body"
	}
	return r
}
