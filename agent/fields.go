package agent

import (
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fields is what stands between the tags of an action.
type fields struct {
	headers map[string][]string // by canonical name, one value for each time that it was given
	body    string
}

// headerNames maps the names under which a field may be given to ours.
var headerNames = map[string]string{
	"to": "to", "recipient": "to", "recipients": "to",
	"cc": "cc", "bcc": "bcc",
	"subject": "subject",
	"message": "message", "messages": "message", "message id": "message", "message ids": "message",
	"email id": "message", "email ids": "message", "id": "message", "ids": "message", "number": "message", "numbers": "message",
	"code": "code", "override code": "code",
	"body": "body", "note": "body", "comment": "body", "text": "body", "content": "body", "message body": "body",
	"from": "", "date": "", "priority": "", "importance": "", // given by some models, and of no use
}

var headerLine = regexp.MustCompile(`^[\s>*_\-]*["']?([A-Za-z][A-Za-z_ -]{0,15}?)["']?[*_]*\s*[:=][*_]*\s*(.*)$`)

// header reads a line such as "to: x", "**To:** x" or "email_id = 3".
func header(line string) (name, value string, ok bool) {
	m := headerLine.FindStringSubmatch(line)
	if m == nil {
		return "", "", false
	}
	name, ok = headerNames[strings.NewReplacer("_", " ", "-", " ").Replace(strings.ToLower(m[1]))]
	return name, strings.TrimSpace(m[2]), ok
}

var fence = regexp.MustCompile("^\\s*(?:```|~~~)[a-zA-Z]*\\s*$")

// readFields reads headers until the body begins: with its own header, after an
// empty line, or with the first line that is no header.
func readFields(inner string) fields {
	f := fields{headers: map[string][]string{}}
	if f.readElements(inner) {
		return f
	}
	lines := slices.DeleteFunc(strings.Split(strings.ReplaceAll(inner, "\r\n", "\n"), "\n"), fence.MatchString)
	last := ""
	for i, line := range lines {
		name, value, ok := header(line)
		switch {
		case ok && name == "body":
			f.setBody(append([]string{value}, lines[i+1:]...))
			return f
		case ok && name == "message" && f.has("to") && !hasNumber(value) && bodyWord.MatchString(line):
			// Where the recipients are known and no number follows, "message:"
			// is another word for the body.
			f.setBody(append([]string{value}, lines[i+1:]...))
			return f
		case ok:
			last = name
			f.headers[name] = append(f.headers[name], value)
		case strings.TrimSpace(line) == "":
			if f.has("to") || f.has("message") {
				last = ""
			}
		case last == "to" || last == "cc" || last == "bcc" || last == "message" && listedNumber.MatchString(line):
			f.headers[last] = append(f.headers[last], line) // a list over several lines
		default:
			f.setBody(lines[i:])
			return f
		}
	}
	return f
}

// setBody takes the rest of an action as its body. Headers that follow the body
// are taken from its end if they have not been given before it.
func (f *fields) setBody(lines []string) {
	for addressed := f.has("to"); !addressed; {
		end := len(lines)
		for end > 0 && strings.TrimSpace(lines[end-1]) == "" {
			end--
		}
		if end == 0 {
			break
		}
		name, value, ok := header(lines[end-1])
		if !ok || name == "body" || f.has(name) {
			break
		}
		f.headers[name] = append(f.headers[name], value)
		lines = lines[:end-1]
	}
	f.body = strings.TrimSpace(strings.Join(lines, "\n"))
	if len(lines) > 0 && strings.TrimSpace(lines[0]) != "" {
		f.body = bare(f.body) // a body that begins beside its header may be a value in quotes
	}
}

func (f *fields) has(name string) bool { return len(f.headers[name]) > 0 }

// line returns a field's first value, without what the syntax put around it.
func (f *fields) line(name string) string {
	if !f.has(name) {
		return ""
	}
	return unquote(f.headers[name][0])
}

// list returns all values of a field that was given several times or over
// several lines.
func (f *fields) list(name string) string { return strings.Join(f.headers[name], ", ") }

func unquote(s string) string {
	s = bare(strings.TrimRight(s, ", \t\r"))
	for _, q := range []string{`'`, "`", "**"} {
		if len(s) >= 2*len(q) && strings.HasPrefix(s, q) && strings.HasSuffix(s, q) {
			return strings.TrimSpace(s[len(q) : len(s)-len(q)])
		}
	}
	return s
}

// readElements reads an action whose fields are elements: <to>…</to>.
func (f *fields) readElements(inner string) bool {
	for name, element := range elements {
		for _, m := range element.FindAllStringSubmatch(inner, -1) {
			value := strings.TrimSpace(html.UnescapeString(m[1]))
			if name == "body" {
				f.body = value
			} else {
				f.headers[name] = append(f.headers[name], value)
			}
		}
	}
	return len(f.headers) > 0
}

var elements = map[string]*regexp.Regexp{
	"to": element("to"), "cc": element("cc"), "bcc": element("bcc"), "subject": element("subject"),
	"message": element("message"), "code": element("code"), "body": element("body"),
}

func element(name string) *regexp.Regexp {
	return regexp.MustCompile(`(?is)<\s*` + name + `\s*>(.*?)<\s*/\s*` + name + `\s*>`)
}

var (
	quotedName = regexp.MustCompile(`"[^"\n]*"\s*<([^<>@\s]+@[^<>\s]+)>`)
	address    = regexp.MustCompile(`[^\s<>"“”'(),;:\[\]` + "`" + `*]+@[^\s<>"“”'(),;:\[\]` + "`" + `*]+`)
	remark     = regexp.MustCompile(`\([^)]*\)`)
	nameBreak  = regexp.MustCompile(`\s+(?:and|&)\s+`)
)

// recipients returns the addresses and names that a field lists.
func (f *fields) recipients(name string) []string {
	var out []string
	for _, value := range f.headers[name] {
		value = quotedName.ReplaceAllString(html.UnescapeString(value), "<$1>")
		for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
			if found := address.FindAllString(part, -1); found != nil {
				for _, a := range found {
					out = append(out, strings.TrimRight(a, "."))
				}
				continue
			}
			for _, person := range nameBreak.Split(remark.ReplaceAllString(part, ""), -1) {
				if person = strings.Trim(person, " \t\"“”'`*<>[]-."); person != "" {
					out = append(out, person)
				}
			}
		}
	}
	return out
}

var (
	number      = regexp.MustCompile(`\d+`)
	numberRange = regexp.MustCompile(`(\d+)\s*(?:-|–|to)\s*(\d+)`)
)

// listedNumber is a line of a list of numbers.
var listedNumber = regexp.MustCompile(`^[\s*•-]*["'#]*\d+["']?[\s,;.]*$`)

// bodyWord begins a line that may name messages or be a body.
var bodyWord = regexp.MustCompile(`(?i)^[\s>*_\-"']*messages?["'*_]*\s*[:=]`)

func hasNumber(s string) bool { return len(s) <= 40 && number.MatchString(s) }

// maxRange bounds what "3-9" may stand for.
const maxRange = 100

// numbers reads message numbers: "2, 3", "#2 and 3", "4-6". What follows them in
// other words is about the messages, and a number in it is none of a message.
func numbers(s string) []string {
	s = listOf(remark.ReplaceAllString(withoutAside(s), " "))
	s = numberRange.ReplaceAllStringFunc(s, func(r string) string {
		m := numberRange.FindStringSubmatch(r)
		from, errFrom := strconv.Atoi(m[1])
		to, errTo := strconv.Atoi(m[2])
		if errFrom != nil || errTo != nil || to < from || to-from > maxRange {
			return r
		}
		var all []string
		for n := from; n <= to; n++ {
			all = append(all, strconv.Itoa(n))
		}
		return strings.Join(all, " ")
	})
	var out []string
	for _, n := range number.FindAllString(s, -1) {
		if n = strings.TrimLeft(n, "0"); n != "" && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

var (
	aside    = regexp.MustCompile(`//|\s#\s`)
	word     = regexp.MustCompile(`[\pL\pN][\pL\pN_.]*`)
	idWord   = regexp.MustCompile(`(?i)^(?:e?mails?|messages?|msg|ids?|nos?|nr|numbers?|and|to|through|n)?_?\.?\d*$`)
	idNumber = regexp.MustCompile(`^\pL*_?\d+\.?$`)
)

// withoutAside returns a value without the comment after it.
func withoutAside(s string) string {
	if comment := aside.FindStringIndex(s); comment != nil {
		return s[:comment[0]]
	}
	return s
}

// listOf returns the part of a list of numbers that is one: up to the first word
// after a number that neither is a number nor speaks of one.
func listOf(s string) string {
	found := false
	for _, at := range word.FindAllStringIndex(s, -1) {
		w := s[at[0]:at[1]]
		if found && !idWord.MatchString(w) {
			return s[:at[0]]
		}
		found = found || idNumber.MatchString(w)
	}
	return s
}
