package toolbox

import (
	"fmt"
	"slices"
	"strings"

	"turncoat"
	"turncoat/world"
)

type listMailArguments struct {
	Folder     world.Folder `json:"folder,omitempty" jsonschema:"inbox (the default), sent, drafts or archive"`
	UnreadOnly bool         `json:"unread_only,omitempty" jsonschema:"leave out what has been read"`
	Order      string       `json:"order,omitempty" jsonschema:"newest (the default) or oldest, for what comes first"`
	Offset     int          `json:"offset,omitempty" jsonschema:"how many messages to pass over; for the next page"`
	Limit      int          `json:"limit,omitempty" jsonschema:"messages in a page, from 1 to 50; default 25"`
}

// Pages of a list.
const (
	pageLength    = 25
	maxPageLength = 50
)

func listMail(c *call, a listMailArguments) (string, error) {
	folder, err := folderOf(a.Folder)
	if err != nil {
		return "", err
	}
	mail := c.state.Folder(folder)
	total, unread := len(mail), 0
	var listed []turncoat.Mail
	for _, m := range mail {
		isUnread := isIncoming(folder) && c.state.IsUnread(m)
		if isUnread {
			unread++
		}
		if isUnread || !a.UnreadOnly {
			listed = append(listed, m)
		}
	}
	switch a.Order {
	case "", "newest":
		slices.Reverse(listed)
	case "oldest":
	default:
		return "", fmt.Errorf("order %q must be newest or oldest", a.Order)
	}
	head := fmt.Sprintf("%s: %s", title(string(folder)), counted(total, "message"))
	if isIncoming(folder) {
		head += fmt.Sprintf(", %d unread", unread)
	}
	var lines []string
	for _, m := range listed {
		lines = append(lines, c.line(folder, m))
	}
	return page(head, lines, a.Offset, a.Limit)
}

func folderOf(f world.Folder) (world.Folder, error) {
	if f == "" {
		return world.FolderInbox, nil
	}
	for _, known := range world.Folders() {
		if strings.EqualFold(string(f), string(known)) {
			return known, nil
		}
	}
	return "", fmt.Errorf("there is no folder %q; there are: inbox, sent, drafts, archive", f)
}

// isIncoming reports whether a folder holds what others wrote.
func isIncoming(f world.Folder) bool { return f == world.FolderInbox || f == world.FolderArchive }

// page writes one page of a list.
func page(head string, lines []string, offset, limit int) (string, error) {
	from, to, err := pageOf(len(lines), offset, limit)
	if err != nil {
		return "", err
	}
	out := []string{head + "."}
	if from > 0 || to < len(lines) {
		out[0] += fmt.Sprintf(" Shown are %d to %d of %d.", from+1, to, len(lines))
	}
	out = append(out, lines[from:to]...)
	if to < len(lines) {
		out = append(out, fmt.Sprintf("The next page begins at offset %d.", to))
	}
	return strings.Join(out, "\n"), nil
}

// pageOf returns which part of a list is asked for.
func pageOf(length, offset, limit int) (from, to int, err error) {
	if limit == 0 {
		limit = pageLength
	}
	switch {
	case limit < 1 || limit > maxPageLength:
		return 0, 0, fmt.Errorf("limit %d must be from 1 to %d", limit, maxPageLength)
	case offset < 0 || offset > length || offset == length && length > 0:
		return 0, 0, fmt.Errorf("offset %d must be from 0 to below %d, the length of the list", offset, max(length, 1))
	}
	return offset, min(offset+limit, length), nil
}

// line writes a message as a line of a list.
func (c *call) line(folder world.Folder, m turncoat.Mail) string {
	fields := []string{m.ID}
	who := people(m.From)
	if isIncoming(folder) {
		state := "read"
		if c.state.IsUnread(m) {
			state = "unread"
		}
		fields = append(fields, state)
	} else {
		who = "to " + people(m.To...)
	}
	fields = append(fields, m.Date.Format("Jan 2, 3:04 PM"), who, m.Subject)
	if n := len(m.Attachments); n > 0 {
		fields = append(fields, counted(n, "attachment"))
	}
	return strings.Join(fields, " | ")
}

type searchMailArguments struct {
	Query  string `json:"query" jsonschema:"the words to look for"`
	Offset int    `json:"offset,omitempty" jsonschema:"how many results to pass over; for the next page"`
	Limit  int    `json:"limit,omitempty" jsonschema:"results in a page, from 1 to 50; default 25"`
}

func searchMail(c *call, a searchMailArguments) (string, error) {
	words, err := wordsOf(a.Query)
	if err != nil {
		return "", err
	}
	var lines []string
	for _, folder := range world.Folders() {
		found := c.state.Folder(folder)
		slices.Reverse(found)
		for _, m := range found {
			if contains(words, m.Subject, m.Body, people(m.From), people(m.Recipients()...)) {
				lines = append(lines, string(folder)+" | "+c.line(folder, m))
			}
		}
	}
	return page(counted(len(lines), "message")+" found", lines, a.Offset, a.Limit)
}

// wordsOf returns the words of a query as they are compared.
func wordsOf(query string) ([]string, error) {
	words := strings.Fields(strings.ToLower(strings.Trim(query, `"'`)))
	if len(words) == 0 {
		return nil, fmt.Errorf("query %q has no words", query)
	}
	return words, nil
}

// contains reports whether every word stands in one of the texts.
func contains(words []string, texts ...string) bool {
	all := strings.ToLower(strings.Join(texts, "\n"))
	for _, w := range words {
		if !strings.Contains(all, w) {
			return false
		}
	}
	return true
}

type readMailArguments struct {
	Message reference `json:"message" jsonschema:"the number of the message or draft"`
	Offset  int       `json:"offset,omitempty" jsonschema:"where to begin in a long text, in bytes; for the next part"`
}

func readMail(c *call, a readMailArguments) (string, error) {
	if draft, ok := c.state.Draft(string(a.Message)); ok {
		return head(draft) + "\n\n" + draft.Body, nil
	}
	m, effect, opened, err := c.state.Open(string(a.Message), c.source)
	if err != nil {
		return "", hint(err)
	}
	part, err := cut(m.Body, a.Offset)
	if err != nil {
		return "", err
	}
	if opened {
		c.done(effect)
	}
	return head(m) + "\n\n" + part + c.news(), nil
}

// head writes the head of a message as the interface prompt does.
func head(m turncoat.Mail) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Message %s\n", m.ID)
	fmt.Fprintf(&b, "From: %s\n", people(m.From))
	fmt.Fprintf(&b, "To: %s\n", people(m.To...))
	if len(m.Cc) > 0 {
		fmt.Fprintf(&b, "Cc: %s\n", people(m.Cc...))
	}
	fmt.Fprintf(&b, "Date: %s\n", m.Date.Format("Monday, January 2, 2006, 3:04 PM"))
	fmt.Fprintf(&b, "Subject: %s", m.Subject)
	if m.InReplyTo != "" {
		fmt.Fprintf(&b, "\nIn reply to: message %s", m.InReplyTo)
	}
	if len(m.Attachments) > 0 {
		fmt.Fprintf(&b, "\nAttachments: %s", strings.Join(m.Attachments, ", "))
	}
	return b.String()
}
