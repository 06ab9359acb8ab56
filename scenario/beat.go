package scenario

import (
	"errors"
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
	kind  string // of the cast, if the telling is for that kind alone
	files []string
}

// tellingFile is the name of a message: b.eml, b.2.eml for a telling's second,
// and b.debt.eml for a telling that only casts of the kind debt can have.
var tellingFile = regexp.MustCompile(`^([a-z])(?:\.([a-z][a-z-]+))?(?:\.([2-9]))?\.eml$`)

// readBeat reads and parses the messages of a beat's folder.
func readBeat(fsys fs.FS, spec beatSpec, texts *texts, report func(Problem)) beat {
	b := beat{beatSpec: spec}
	dir := path.Join("mail", spec.Name)
	entries, _ := fs.ReadDir(fsys, dir) // a missing folder is reported by the caller
	for _, e := range entries {
		file := path.Join(dir, e.Name())
		parts := tellingFile.FindStringSubmatch(e.Name())
		if parts == nil {
			report(Problem{File: file, Message: "a telling is named by a letter, a.eml, and its further messages a.2.eml, a.3.eml; one for a kind of cast b.kind.eml"})
			continue
		}
		parseFile(fsys, file, texts, report)
		name := strings.TrimSuffix(parts[1]+"."+parts[2], ".")
		if i := slices.IndexFunc(b.tellings, func(t telling) bool { return t.name == name }); i >= 0 {
			b.tellings[i].files = append(b.tellings[i].files, file)
		} else {
			b.tellings = append(b.tellings, telling{name, parts[2], []string{file}})
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
	later     bool   // it comes in the course of the session
}

// parseMessage reads a rendered template as an RFC 5322 message with our two
// additions: In-Reply-To names a beat, X-Attach a document. It returns
// everything that is wrong with the message.
func parseMessage(file, rendered string) (message, []error) {
	parsed, err := mail.ReadMessage(strings.NewReader(rendered))
	if err != nil {
		return message{}, []error{fmt.Errorf("not a mail message, that is, headers, an empty line, and a text: %w", err)}
	}
	var wrong []error
	check := func(err error) {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	m := message{file: file, Mail: turncoat.Mail{Subject: parsed.Header.Get("Subject")}}
	check(unknownHeaders(parsed.Header))
	for _, header := range []string{"From", "To", "Date", "Subject"} {
		if parsed.Header.Get(header) == "" {
			check(headerError{header, "the header is missing or empty"})
		}
	}
	if m.Date, err = parsed.Header.Date(); err != nil && parsed.Header.Get("Date") != "" {
		check(headerError{"Date", err.Error() + `; write {{at "15:04"}}`})
	}
	from, err := addresses(parsed.Header, "From")
	check(err)
	if len(from) == 1 {
		m.From = from[0]
	} else if len(from) > 1 {
		check(headerError{"From", "must be one address: write {{mailbox .role}}"})
	}
	m.To, err = addresses(parsed.Header, "To")
	check(err)
	m.Cc, err = addresses(parsed.Header, "Cc")
	check(err)
	m.repliesTo = strings.Trim(parsed.Header.Get("In-Reply-To"), "<> ")
	for name := range strings.SplitSeq(parsed.Header.Get("X-Attach"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			m.Attachments = append(m.Attachments, name)
		}
	}
	marked, err := io.ReadAll(parsed.Body)
	check(err)
	m.Body, m.Marks, err = takeMarks(strings.TrimSpace(string(marked)))
	check(err)
	if err == nil && m.Body == "" {
		check(errors.New("the message has no text"))
	}
	return m, wrong
}

func unknownHeaders(h mail.Header) error {
	for _, header := range sortedKeys(h) {
		if !slices.Contains(knownHeaders, header) {
			return headerError{header, "unknown header; there are: " + strings.Join(knownHeaders, ", ")}
		}
	}
	return nil
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
