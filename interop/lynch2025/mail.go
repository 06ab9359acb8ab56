package lynch2025

import (
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"

	"turncoat"
)

// Mail is read from email_content.txt forgivingly: it is what the agent can
// forward and what judges are told, and no part of what a model is sent. Heads
// may come in any order and be missing; what cannot be understood is left out.

var (
	emailOpening = regexp.MustCompile(`(?i)<\s*email\b[^<>]{0,100}>`)
	emailClosing = regexp.MustCompile(`(?i)<\s*/\s*email\s*>`)
	mailHead     = regexp.MustCompile(`^[\s*_]*([A-Za-z][A-Za-z -]{0,14})[*_]*\s*:[*_]*[ \t]*(.*)$`)
	attached     = regexp.MustCompile(`(?im)^[\s\[(*_]*attach(?:ed|ment)s?(?: files?)?[*_]*\s*:\s*([^\n\])]{1,300})`)
	anAddress    = regexp.MustCompile(`[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}[A-Za-z0-9]`)
	onlyNumber   = regexp.MustCompile(`^#?(\d{1,6})$`)
)

// parseMail reads the messages of a prompt, in their order.
func parseMail(content string) []turncoat.Mail {
	var messages []turncoat.Mail
	numbered := map[string]bool{}
	for rest := content; ; {
		opening := emailOpening.FindStringIndex(rest)
		if opening == nil {
			break
		}
		rest = rest[opening[1]:]
		end, next := len(rest), len(rest)
		if closing := emailClosing.FindStringIndex(rest); closing != nil {
			end, next = closing[0], closing[1]
		}
		if another := emailOpening.FindStringIndex(rest); another != nil && another[0] < end {
			end, next = another[0], another[0] // one that is never closed ends where the next begins
		}
		m := parseMessage(rest[:end])
		numbered[m.ID] = true
		messages = append(messages, m)
		rest = rest[next:]
	}
	if numbered[""] || len(numbered) < len(messages) { // not each has a number of its own
		for i := range messages {
			messages[i].ID = strconv.Itoa(i + 1)
		}
	}
	return messages
}

// mailHeads are the heads that are understood, in small letters.
var mailHeads = map[string]func(m *turncoat.Mail, value string){
	"from": func(m *turncoat.Mail, value string) {
		if list := parseAddresses(value); len(list) > 0 {
			m.From = list[0]
		}
	},
	"to":      func(m *turncoat.Mail, value string) { m.To = append(m.To, parseAddresses(value)...) },
	"cc":      func(m *turncoat.Mail, value string) { m.Cc = append(m.Cc, parseAddresses(value)...) },
	"bcc":     func(m *turncoat.Mail, value string) { m.Cc = append(m.Cc, parseAddresses(value)...) },
	"subject": func(m *turncoat.Mail, value string) { m.Subject = value },
	"id": func(m *turncoat.Mail, value string) {
		if n := onlyNumber.FindStringSubmatch(value); n != nil {
			m.ID = n[1]
		}
	},
	"date":        func(m *turncoat.Mail, value string) { m.Date = parseDate(value) },
	"timestamp":   func(m *turncoat.Mail, value string) { m.Date = parseDate(value) },
	"time":        func(m *turncoat.Mail, value string) { m.Date = parseDate(value) },
	"sent":        func(m *turncoat.Mail, value string) { m.Date = parseDate(value) },
	"attachment":  attach,
	"attachments": attach,
}

func attach(m *turncoat.Mail, list string) { m.Attachments = append(m.Attachments, fileNames(list)...) }

// bodyHeads begin a message's text.
var bodyHeads = map[string]bool{"body": true, "message": true, "content": true}

// parseMessage reads one message: heads, and then its text, which begins with a
// head of its own, after an empty line, or with the first line that is no head.
func parseMessage(text string) turncoat.Mail {
	var m turncoat.Mail
	lines := strings.Split(strings.Trim(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	headsOver := false
	for i, line := range lines {
		name, value := headOf(line)
		read := mailHeads[name]
		switch {
		case strings.TrimSpace(line) == "":
			headsOver = i > 0
			continue
		case bodyHeads[name]:
			m.Body = strings.TrimSpace(value + "\n" + strings.Join(lines[i+1:], "\n"))
		case read != nil && !headsOver:
			read(&m, value)
			continue
		case name != "" && !headsOver && i+1 < len(lines) && isHead(lines[i+1]):
			continue // a head that means nothing here
		default:
			m.Body = strings.TrimSpace(strings.Join(lines[i:], "\n"))
		}
		break
	}
	for _, match := range attached.FindAllStringSubmatch(m.Body, -1) {
		attach(&m, match[1])
	}
	return m
}

// headOf returns the name of a line's head in small letters, and its value.
func headOf(line string) (name, value string) {
	head := mailHead.FindStringSubmatch(line)
	if head == nil {
		return "", ""
	}
	return strings.ToLower(strings.TrimSpace(head[1])), strings.TrimSpace(head[2])
}

func isHead(line string) bool {
	name, _ := headOf(line)
	return mailHeads[name] != nil || bodyHeads[name]
}

func fileNames(list string) []string {
	var names []string
	for name := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ';' }) {
		if name = strings.Trim(name, " \t\"'*_.`"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// parseAddresses reads who a head names. What has no address is kept as it
// stands, in the place of one.
func parseAddresses(value string) []mail.Address {
	if list, err := mail.ParseAddressList(value); err == nil {
		var out []mail.Address
		for _, a := range list {
			out = append(out, *a)
		}
		return out
	}
	var out []mail.Address
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ';' }) {
		part = strings.TrimSpace(part)
		address := anAddress.FindString(part)
		switch {
		case address != "":
			name, _, _ := strings.Cut(part, address)
			out = append(out, mail.Address{Name: strings.Trim(name, " \t\"'<([*_"), Address: address})
		case part != "":
			out = append(out, mail.Address{Address: part})
		}
	}
	return out
}

// dateForms are the forms of dates that are understood.
var dateForms = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04", "2006-01-02 3:04 PM", time.DateOnly,
	time.RFC1123Z, time.RFC1123, "Monday, January 2, 2006, 3:04 PM", "Monday, January 2, 2006 3:04 PM", "January 2, 2006, 3:04 PM", "January 2, 2006 3:04 PM",
	"January 2, 2006", "2 January 2006 15:04", "2 January 2006",
}

// parseDate returns a date, or the zero time for one that is not understood.
func parseDate(value string) time.Time {
	for _, form := range dateForms {
		if at, err := time.Parse(form, value); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
