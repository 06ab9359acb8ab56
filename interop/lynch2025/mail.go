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
	emailOpening = regexp.MustCompile(`(?i)<\s*email(?:\s[^<>\n]*)?>`)
	emailClosing = regexp.MustCompile(`(?i)<\s*/\s*email\s*>`)
	mailHead     = regexp.MustCompile(`^[\s*_]*([A-Za-z][A-Za-z -]{0,14})[*_]*\s*:[*_]*[ \t]*(.*)$`)
	attached     = regexp.MustCompile(`(?im)^[\s\[(*_]*attach(?:ed|ment)s?(?: files?)?[*_]*\s*:\s*([^\n\])]+)`)
	onlyNumber   = regexp.MustCompile(`^#?(\d{1,6})$`)
)

// parseMail reads the messages of a prompt, in their order.
func parseMail(content string) []turncoat.Mail {
	var messages []turncoat.Mail
	numbered := map[string]bool{}
	openings, closings := emailOpening.FindAllStringIndex(content, -1), emailClosing.FindAllStringIndex(content, -1)
	for i, opening := range openings {
		end := len(content)
		if i+1 < len(openings) {
			end = openings[i+1][0] // one that is never closed ends where the next begins
		}
		for len(closings) > 0 && closings[0][0] < opening[1] {
			closings = closings[1:]
		}
		if len(closings) > 0 {
			end = min(end, closings[0][0])
		}
		m := parseMessage(content[opening[1]:end])
		numbered[m.ID] = true
		messages = append(messages, m)
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
		found := addressesIn(part)
		switch {
		case len(found) > 0:
			name, _, _ := strings.Cut(part, found[0])
			out = append(out, mail.Address{Name: strings.Trim(name, " \t\"'<([*_"), Address: found[0]})
		case part != "":
			out = append(out, mail.Address{Address: part})
		}
	}
	return out
}

// Lengths of the parts of an address (RFC 5321, section 4.5.3.1).
const (
	maxLocal  = 64
	maxDomain = 255
)

// addressesIn returns the addresses that stand in a text, in their order.
func addressesIn(text string) []string {
	var found []string
	for end := 0; ; {
		at := strings.IndexByte(text[end:], '@')
		if at < 0 {
			return found
		}
		at += end
		start := at
		for start > end && at-start < maxLocal && isLocal(text[start-1]) {
			start--
		}
		local := strings.TrimLeft(text[start:at], "._%+-")
		stop := at + 1
		for stop < len(text) && stop-at <= maxDomain && isDomain(text[stop]) {
			stop++
		}
		domain := strings.TrimRight(text[at+1:stop], ".-")
		if local != "" && domain != "" && !strings.ContainsRune(".-", rune(domain[0])) {
			found = append(found, local+"@"+domain)
		}
		end = at + 1
	}
}

func isLocal(c byte) bool { return isDomain(c) || c == '_' || c == '%' || c == '+' }

func isDomain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-'
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
