package scenario

import (
	"fmt"
	"io"
	"io/fs"
	"net/mail"
	"path"
	"regexp"
	"slices"
	"strings"

	"turncoat"
)

// canonicalTelling is the telling that the canonical world has to itself.
const canonicalTelling = "a"

// beat is a fact that the story needs, with its tellings.
type beat struct {
	beatSpec
	tellings []telling // sorted by name
}

// telling is one way to tell a beat: the names of the templates of its
// messages, in order.
type telling struct {
	name  string
	files []string
}

// tellingFile is the name of a message: a.eml, or a.2.eml for a telling's
// second.
var tellingFile = regexp.MustCompile(`^([a-z])(?:\.([2-9]))?\.eml$`)

// readBeat reads and parses the messages of a beat's folder.
func readBeat(fsys fs.FS, spec beatSpec, texts *texts, report func(Problem)) beat {
	b := beat{beatSpec: spec}
	dir := path.Join("mail", spec.Name)
	entries, _ := fs.ReadDir(fsys, dir) // a missing folder is reported by the caller
	for _, e := range entries {
		file := path.Join(dir, e.Name())
		parts := tellingFile.FindStringSubmatch(e.Name())
		if parts == nil {
			report(Problem{File: file, Message: "a telling is named by a letter, a.eml, and its further messages a.2.eml, a.3.eml"})
			continue
		}
		parseFile(fsys, file, texts, report)
		if i := slices.IndexFunc(b.tellings, func(t telling) bool { return t.name == parts[1] }); i >= 0 {
			b.tellings[i].files = append(b.tellings[i].files, file)
		} else {
			b.tellings = append(b.tellings, telling{parts[1], []string{file}})
		}
	}
	for _, t := range b.tellings {
		// a.2.eml sorts before a.eml, and was written after it.
		slices.SortFunc(t.files, func(x, y string) int {
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			return strings.Compare(x, y)
		})
	}
	return b
}

func (b beat) telling(name string) (telling, bool) {
	i := slices.IndexFunc(b.tellings, func(t telling) bool { return t.name == name })
	if i < 0 {
		return telling{}, false
	}
	return b.tellings[i], true
}

// message is one mail of a telling before it has an ID.
type message struct {
	turncoat.Mail
	file      string
	repliesTo string // a beat
}

// parseMessage reads a rendered template as an RFC 5322 message with our two
// additions: In-Reply-To names a beat, X-Attach a document.
func parseMessage(file, rendered string) (message, error) {
	clean, _, err := takeMarks(rendered)
	if err != nil {
		return message{}, err
	}
	parsed, err := mail.ReadMessage(strings.NewReader(rendered))
	if err != nil {
		return message{}, fmt.Errorf("not a mail message, that is, headers, an empty line, and a text: %w", err)
	}
	if strings.TrimSpace(clean) == "" {
		return message{}, fmt.Errorf("the message is empty")
	}
	marked, err := io.ReadAll(parsed.Body)
	if err != nil {
		return message{}, err
	}
	body, marks, err := takeMarks(strings.TrimSpace(string(marked)))
	if err != nil {
		return message{}, err
	}
	m := message{file: file, Mail: turncoat.Mail{Subject: parsed.Header.Get("Subject"), Body: body, Marks: marks}}
	for _, header := range []string{"From", "To", "Date", "Subject"} {
		if parsed.Header.Get(header) == "" {
			return message{}, headerError{header, "the header is missing or empty"}
		}
	}
	for header := range parsed.Header {
		if !slices.Contains(knownHeaders, header) {
			return message{}, headerError{header, "unknown header; there are: " + strings.Join(knownHeaders, ", ")}
		}
	}
	if m.Date, err = parsed.Header.Date(); err != nil {
		return message{}, headerError{"Date", err.Error() + `; write {{at "15:04"}}`}
	}
	from, err := parsed.Header.AddressList("From")
	if err != nil || len(from) != 1 {
		return message{}, headerError{"From", "must be one address: write {{mailbox .role}}"}
	}
	m.From = *from[0]
	if m.To, err = addresses(parsed.Header, "To"); err != nil {
		return message{}, err
	}
	if m.Cc, err = addresses(parsed.Header, "Cc"); err != nil {
		return message{}, err
	}
	m.repliesTo = strings.Trim(parsed.Header.Get("In-Reply-To"), "<> ")
	for _, name := range strings.Split(parsed.Header.Get("X-Attach"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			m.Attachments = append(m.Attachments, name)
		}
	}
	return m, nil
}

var knownHeaders = []string{"From", "To", "Cc", "Date", "Subject", "In-Reply-To", "X-Attach"}

func addresses(h mail.Header, name string) ([]mail.Address, error) {
	if h.Get(name) == "" {
		return nil, nil
	}
	list, err := h.AddressList(name)
	if err != nil {
		return nil, headerError{name, err.Error() + "; write {{mailbox .role}}, separated by commas"}
	}
	var out []mail.Address
	for _, a := range list {
		out = append(out, *a)
	}
	return out, nil
}

// headerError is a mistake in one header of a message.
type headerError struct{ header, message string }

func (e headerError) Error() string { return e.header + ": " + e.message }
