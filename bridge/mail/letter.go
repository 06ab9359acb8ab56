package mail

import (
	"bytes"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"turncoat"
	"turncoat/world"
)

// Letter is a message that an agent has written, in terms of its world.
type Letter struct {
	ID          string // its Message-ID, without angle brackets
	From        []mail.Address
	To, Cc      []mail.Address
	Subject     string
	Text        string   // all of its text, with what is attached and is no document of the world
	Body        string   // the text without the messages of the world that stand in it
	Attachments []string // Document.ID values
	Passes      []string // Mail.ID values: messages of the world that it carries whole
	Answers     string   // the Mail.ID that it answers, or empty
}

// Known is what of a world can be recognised in a letter.
type Known struct {
	Mail      []turncoat.Mail   // in the order of delivery
	IDs       map[string]string // Mail.ID values by their Message-ID
	Documents []turncoat.Document
}

// ReadLetter reads a message as it was submitted (RFC 5322). What is attached is
// recognised by its content, never by its name: a document of the world becomes
// one of Attachments, and a message of the world one of Passes, if it is there
// with all that it carries. Everything else that is attached is added to the
// body, so that whoever judges reads it. Only a message that is beyond all bounds
// is an error.
func ReadLetter(raw []byte, known Known) (Letter, error) {
	p, err := parse(raw)
	if err != nil {
		return Letter{}, err
	}
	l := Letter{From: addresses(p, "From"), To: addresses(p, "To"), Cc: addresses(p, "Cc")}
	l.ID, _ = p.header.MessageID() // one that cannot be read is none
	if l.Subject, err = p.header.Subject(); err != nil {
		l.Subject = p.header.Get("Subject")
	}
	l.Subject = oneLine(l.Subject)
	l.Body = plain(strings.Join(p.texts, "\n\n"))
	var added []string
	for _, a := range p.attached {
		added = append(added, l.attach(a, known)...)
	}
	for _, id := range referred(p) {
		if own, ok := known.IDs[id]; ok {
			l.Answers = own
			break
		}
	}
	l.Text = joined(l.Body, added)
	l.findQuoted(known)
	l.Body = joined(l.Body, added)
	return l, nil
}

func joined(text string, more []string) string {
	return strings.TrimLeft(strings.Join(append([]string{text}, more...), "\n\n"), "\n")
}

// letterArguments are what is recorded of a letter as the arguments of a call.
type letterArguments struct {
	To          []string `json:"to"`
	Cc          []string `json:"cc,omitempty"`
	Subject     string   `json:"subject"`
	Body        string   `json:"body"`
	Attachments []string `json:"attachments,omitempty"`
	Forwards    []string `json:"forwards,omitempty"`
	InReplyTo   string   `json:"in_reply_to,omitempty"`
}

func (l Letter) arguments(to, cc []mail.Address) letterArguments {
	return letterArguments{
		To: readable(to), Cc: readable(cc), Subject: l.Subject, Body: l.Text,
		Attachments: l.Attachments, Forwards: l.Passes, InReplyTo: l.Answers,
	}
}

// readable writes addresses as people do.
func readable(list []mail.Address) []string {
	out := []string{}
	for _, a := range list {
		if a.Name == "" {
			out = append(out, a.Address)
			continue
		}
		out = append(out, a.Name+" <"+a.Address+">")
	}
	return out
}

// message returns the letter as a world takes it.
func (l Letter) message(to, cc []mail.Address) world.Message {
	return world.Message{
		To: encoded(to), Cc: encoded(cc), Subject: l.Subject, Body: l.Body,
		Attachments: l.Attachments, InReplyTo: l.Answers,
	}
}

// encoded writes addresses so that they are read as they are.
func encoded(list []mail.Address) []string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}

// addresses returns the addresses of a head's field that can be read.
func addresses(p *parsed, field string) []mail.Address {
	list, _ := p.header.AddressList(field) // a field that cannot be read names nobody
	var out []mail.Address
	for _, a := range list {
		out = append(out, mail.Address{Name: oneLine(a.Name), Address: oneLine(a.Address)})
	}
	return out
}

// referred returns the messages that a message says it belongs to, the nearest
// first.
func referred(p *parsed) []string {
	ids, _ := p.header.MsgIDList("In-Reply-To") // a field that cannot be read refers to nothing
	more, _ := p.header.MsgIDList("References")
	slices.Reverse(more)
	return append(ids, more...)
}

// plain returns a text as texts of a world are: valid UTF-8 without NUL, lines
// that end with a line feed, and no space at their ends.
func plain(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "�"), "\x00", "�")
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// attach takes what is attached for what it is in the world, and returns what is
// to be added to the body of what is nothing there.
func (l *Letter) attach(a attachment, known Known) []string {
	if a.message != nil {
		if id, ok := known.carried(*a.message); ok {
			l.pass(id)
			return nil
		}
		return []string{fmt.Sprintf("----- Attached message -----\n%s\n----- End of attached message -----", asText(*a.message))}
	}
	if id, ok := known.file(a.content); ok {
		l.pass(id)
		return nil
	}
	name := a.name
	if name == "" {
		name = "without a name"
	}
	if id, ok := known.document(a.content); ok {
		if !slices.Contains(l.Attachments, id) {
			l.Attachments = append(l.Attachments, id)
		}
		return nil
	}
	if isText(a.content) {
		return []string{fmt.Sprintf("----- Attachment %s -----\n%s\n----- End of attachment -----", name, plain(string(a.content)))}
	}
	return []string{fmt.Sprintf("[Attachment %s (%s, %d bytes), which is no text]", name, oneLine(a.kind), len(a.content))}
}

// asText writes a message with all that is in it as one text.
func asText(p parsed) string {
	subject, err := p.header.Subject()
	if err != nil {
		subject = p.header.Get("Subject")
	}
	texts := []string{fmt.Sprintf("From: %s\nSubject: %s", oneLine(p.header.Get("From")), oneLine(subject))}
	for _, t := range p.texts {
		texts = append(texts, plain(t))
	}
	for _, a := range p.attached {
		switch {
		case a.message != nil:
			texts = append(texts, asText(*a.message))
		case isText(a.content):
			texts = append(texts, plain(string(a.content)))
		default:
			texts = append(texts, fmt.Sprintf("[%d bytes that are no text]", len(a.content)))
		}
	}
	return strings.Join(texts, "\n\n")
}

func (l *Letter) pass(id string) {
	if !slices.Contains(l.Passes, id) {
		l.Passes = append(l.Passes, id)
	}
}

// document finds the document that has a content.
func (k Known) document(content []byte) (string, bool) {
	text := plain(string(content))
	for _, d := range k.Documents {
		if text != "" && text == plain(d.Body) {
			return d.ID, true
		}
	}
	return "", false
}

// carried finds the message of the world that an attached message is: by its
// Message-ID, and only if it says the same and carries the same.
func (k Known) carried(p parsed) (string, bool) {
	id, _ := p.header.MessageID()
	for _, m := range k.Mail {
		if m.ID != k.IDs[id] || letters(strings.Join(p.texts, "\n")) != letters(m.Body) {
			continue
		}
		var attached []string
		for _, a := range p.attached {
			if d, ok := k.document(a.content); ok {
				attached = append(attached, d)
			}
		}
		return m.ID, containsAll(attached, m.Attachments) && len(p.attached) == len(attached)
	}
	return "", false
}

// file finds the message of the world that an attached file holds, as it was
// fetched.
func (k Known) file(content []byte) (string, bool) {
	if !bytes.Contains(bytes.ToLower(content), []byte("message-id:")) {
		return "", false
	}
	p, err := parse(content)
	if err != nil {
		return "", false
	}
	return k.carried(*p)
}

func containsAll(list, wanted []string) bool {
	return !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(list, w) })
}

// How mail programs mark a message that they pass on within the text: a line
// before it, the lines of its head, and with some a line after it.
var (
	forwardBegins = regexp.MustCompile(`(?i)^\W*(?:begin )?(?:forwarded|original) message(?: from .*)?\W*$`)
	forwardEnds   = regexp.MustCompile(`(?i)^\W*end (?:of )?forwarded message\W*$`)
	headLine      = regexp.MustCompile(`(?i)^[>\s]*\*?(?:from|to|cc|date|sent|subject|reply-to|message-id|in-reply-to|references|user-agent|mime-version|content-[a-z-]+):|^[>\s]*$|^>?[ \t]+\S+@`)
)

// leastPassed is how many bytes of letters a message must have to be told from
// others by its text alone.
const leastPassed = 20

// findQuoted finds a message of the world that is passed on within the text, as
// mail programs do it, and takes it out of the body: what is left is the agent's
// own note, as it is when a tool passes a message on. A message counts as passed
// on only if it is there from its first word to its last and its attachments are
// there as well.
func (l *Letter) findQuoted(known Known) {
	lines := strings.Split(l.Body, "\n")
	begin := slices.IndexFunc(lines, forwardBegins.MatchString)
	if begin < 0 {
		return
	}
	for first := begin + 1; first < len(lines); first++ {
		for _, m := range known.Mail {
			last, ok := standsAt(lines, first, letters(m.Body))
			if !ok || !containsAll(l.Attachments, m.Attachments) {
				continue
			}
			end := last + 1
			for end < len(lines) && strings.TrimSpace(lines[end]) == "" {
				end++
			}
			if end == len(lines) || !forwardEnds.MatchString(lines[end]) {
				end = last
			}
			l.pass(m.ID)
			l.Body = strings.Trim(strings.Join(slices.Concat(lines[:begin], lines[end+1:]), "\n"), "\n")
			return
		}
		if !headLine.MatchString(lines[first]) {
			return // words of the agent's own, which are no head of a message
		}
	}
}

// standsAt reports whether a text stands in lines from the first one on, and at
// which line it ends. Only letters and digits count, for quoting and wrapping
// change all else.
func standsAt(lines []string, first int, text string) (last int, ok bool) {
	if len(text) < leastPassed || letters(lines[first]) == "" {
		return 0, false
	}
	for i := first; i < len(lines); i++ {
		rest, found := strings.CutPrefix(text, letters(lines[i]))
		if !found {
			return 0, false
		}
		if text = rest; text == "" {
			return i, true
		}
	}
	return 0, false
}
