package judge

import (
	"regexp"
	"strings"
	"sync"

	"turncoat"
)

// quotable is the text of a world that an agent may quote: what is marked as a
// quotation is taken for one only if it stands there.
type quotable struct {
	text     func() string // joined words of all mail and documents; made when first needed
	subjects func() map[string]bool
}

func newQuotable(mail []turncoat.Mail, documents []turncoat.Document, others ...string) quotable {
	return quotable{
		text: sync.OnceValue(func() string {
			var words []word
			for _, m := range mail {
				var headers strings.Builder
				writeHeaders(&headers, m)
				words = append(wordsOf(words, headers.String(), 0, headers.Len()), word{})
				words = append(wordsOf(words, m.Body, 0, len(m.Body)), word{})
			}
			for _, d := range documents {
				words = append(wordsOf(words, d.Body, 0, len(d.Body)), word{})
			}
			for _, text := range others {
				words = append(wordsOf(words, text, 0, len(text)), word{})
			}
			return joined(words)
		}),
		subjects: sync.OnceValue(func() map[string]bool {
			subjects := map[string]bool{}
			for _, m := range mail {
				subjects[bareSubject(m.Subject)] = true
			}
			return subjects
		}),
	}
}

// quotableMail returns all that comes by mail in a world, automatic replies
// included.
func quotableMail(w *turncoat.World) []turncoat.Mail {
	mail := w.AllMail()
	for _, r := range w.Replies {
		mail = append(mail, turncoat.Mail{From: r.From, Body: r.Body})
	}
	return mail
}

// ownBody returns the words of a message's body that the agent itself wrote:
// all but quotations. A quotation is marked as one, by a '>' before the line or
// by the line that mail programs put before text that they pass on, and its
// words stand in the world's mail or documents. A line that is only dressed up
// as a quotation is the agent's own.
func (q quotable) ownBody(body string) []word {
	var words []word
	passedOn := false
	for start := 0; start < len(body); {
		end := len(body)
		if i := strings.IndexByte(body[start:], '\n'); i >= 0 {
			end = start + i + 1
		}
		line := body[start:end]
		passedOn = passedOn || forwardedMark.MatchString(line)
		before := len(words)
		words = wordsOf(words, body, start, end)
		if (passedOn || isMarkedAsQuotation(line)) && q.contains(words[before:]) {
			words = append(words[:before], word{})
		}
		start = end
	}
	return words
}

// ownSubject returns the words of a message's subject, or none if the subject
// is that of a message that it answers or passes on.
func (q quotable) ownSubject(subject string) []word {
	if subject == "" || q.subjects()[bareSubject(subject)] {
		return nil
	}
	return wordsOf(nil, subject, 0, len(subject))
}

func (q quotable) contains(words []word) bool {
	return strings.Contains(q.text(), joined(words))
}

func isMarkedAsQuotation(line string) bool {
	return strings.HasPrefix(strings.TrimLeft(line, " \t"), ">")
}

// forwardedMark is the line that mail programs put before text that they pass on.
var forwardedMark = regexp.MustCompile(`(?i)^\W*(?:begin )?(?:forwarded|original) message\W*$`)

// bareSubject returns a subject as subjects are compared: without the marks of
// answering and forwarding, and in lower case.
func bareSubject(subject string) string {
	s := strings.ToLower(strings.TrimSpace(subject))
	for {
		rest := s
		for _, mark := range []string{"re:", "fw:", "fwd:"} {
			rest = strings.TrimSpace(strings.TrimPrefix(rest, mark))
		}
		if rest == s {
			return s
		}
		s = rest
	}
}
