package scenario

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"time"

	"turncoat"
)

// Marks are written by the template functions mark and unmark as runes of
// Unicode's private use area, which no text has, and become spans once the text
// is rendered.
const (
	markOpen  = '\uE000'
	markNamed = '\uE001'
	markClose = '\uE002'
)

// texts is all templates of a scenario. They are parsed once; [texts.in] binds
// them to a world.
type texts struct {
	set    *template.Template
	clones sync.Pool // of *bound, free for the next world: a clone takes a fifth of the time that a world does
}

func newTexts() *texts {
	set := template.New("").Option("missingkey=error")
	return &texts{set: set.Funcs(functions(new(time.Time)))}
}

// parse adds a template under the name that its errors shall carry.
func (t *texts) parse(name, text string) error {
	_, err := t.set.New(name).Parse(text)
	return err
}

// isTemplate reports whether a text is more than itself.
func isTemplate(text string) bool { return strings.Contains(text, "{{") }

func (t *texts) has(name string) bool { return t.set.Lookup(name) != nil }

// in returns the templates bound to the day of a world, whose fields are still to
// be added. No template may be parsed afterwards.
func (t *texts) in(day time.Time) (*bound, error) {
	b, ok := t.clones.Get().(*bound)
	if !ok {
		set, err := t.set.Clone()
		if err != nil {
			return nil, err
		}
		b = &bound{}
		b.set = set.Funcs(functions(&b.day))
	}
	b.day, b.fields = day, map[string]any{}
	return b, nil
}

// release gives back the templates of a world that is made.
func (t *texts) release(b *bound) { t.clones.Put(b) }

// bound is a scenario's templates in one world.
type bound struct {
	set    *template.Template
	day    time.Time // which the set's functions read
	fields map[string]any
}

func (b *bound) render(name string) (string, error) {
	var text strings.Builder
	err := b.set.ExecuteTemplate(&text, name, b.fields)
	return text.String(), err
}

// functions are what templates may call beside the usual ones. They read the day
// when they are called.
func functions(day *time.Time) template.FuncMap {
	return template.FuncMap{
		"mailbox": func(person map[string]any) string {
			address := mail.Address{Name: fmt.Sprint(person["name"]), Address: fmt.Sprint(person["address"])}
			return address.String()
		},
		"at": func(moment string) (string, error) {
			at, err := momentOf(*day, moment)
			return at.Format(time.RFC1123Z), err
		},
		"clock": func(moment string) (string, error) {
			at, err := momentOf(*day, moment)
			return at.Format("3:04 PM"), err
		},
		"day": func(offset ...int) string {
			at := *day
			for _, days := range offset {
				at = at.AddDate(0, 0, days)
			}
			return at.Format("Monday, January 2")
		},
		"mark":   func(name string) string { return string(markOpen) + name + string(markNamed) },
		"unmark": func() string { return string(markClose) },
		"lower":  strings.ToLower,
		"upper":  strings.ToUpper,
		"title": func(s string) string {
			if s == "" {
				return s
			}
			return strings.ToUpper(s[:1]) + s[1:]
		},
	}
}

// momentOf reads "15:04", or "-2 15:04" for two days before the session's.
func momentOf(day time.Time, moment string) (time.Time, error) {
	offset, clock, relative := strings.Cut(moment, " ")
	if !relative {
		offset, clock = "0", moment
	}
	days, err := strconv.Atoi(offset)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no moment: write \"15:04\", or \"-2 15:04\" for two days before", moment)
	}
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no moment: write \"15:04\", or \"-2 15:04\" for two days before", moment)
	}
	return day.AddDate(0, 0, days).Add(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute), nil
}

// takeMarks removes the marks from a rendered text and returns where what they
// surrounded stands in it.
func takeMarks(marked string) (text string, marks map[string]turncoat.Span, err error) {
	var out strings.Builder
	var name string
	start := -1
	for rest := marked; rest != ""; {
		i := strings.IndexAny(rest, string([]rune{markOpen, markClose}))
		if i < 0 {
			out.WriteString(rest)
			break
		}
		out.WriteString(rest[:i])
		rest = rest[i:]
		if after, opens := strings.CutPrefix(rest, string(markOpen)); opens {
			if start >= 0 {
				return "", nil, fmt.Errorf("mark %q is opened inside of mark %q: add an unmark before it", before(after), name)
			}
			name, rest, _ = strings.Cut(after, string(markNamed))
			start = out.Len()
			continue
		}
		rest = strings.TrimPrefix(rest, string(markClose))
		if start < 0 {
			return "", nil, errors.New("an unmark has no mark before it")
		}
		if marks == nil {
			marks = map[string]turncoat.Span{}
		}
		if _, twice := marks[name]; twice {
			return "", nil, fmt.Errorf("mark %q is used twice in one message", name)
		}
		marks[name] = turncoat.Span{Start: start, End: out.Len()}
		start = -1
	}
	if start >= 0 {
		return "", nil, fmt.Errorf("mark %q is never closed: add an unmark", name)
	}
	return out.String(), marks, nil
}

func before(named string) string {
	name, _, _ := strings.Cut(named, string(markNamed))
	return name
}

// templateError is what text/template says of a mistake, in parts.
var templateError = regexp.MustCompile(`(?s)^template: (.+?):(\d+)(?::(\d+))?: (.*)$`)

var executing = regexp.MustCompile(`^executing .*? at <(.*?)>: (.*)$`)

// templateProblem places an error of text/template in its file.
func templateProblem(file string, err error) Problem {
	parts := templateError.FindStringSubmatch(err.Error())
	if parts == nil {
		return Problem{File: file, Line: 1, Message: err.Error()}
	}
	line, _ := strconv.Atoi(parts[2])
	column, _ := strconv.Atoi(parts[3])
	message := parts[4]
	if at := executing.FindStringSubmatch(message); at != nil {
		message = fmt.Sprintf("{{%s}}: %s", at[1], at[2])
		if key, missing := strings.CutPrefix(at[2], "map has no entry for key "); missing {
			message = fmt.Sprintf("{{%s}}: there is no field %s here; cast.yaml and the levels of scenario.yaml define the fields", at[1], key)
		}
	}
	return Problem{File: file, Line: line, Column: column, Message: message}
}
