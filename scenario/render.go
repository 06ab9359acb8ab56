package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"turncoat"
)

// renderAll renders every text in every condition in which it exists, since a
// field that is missing, or a date that comes too late, shows only then.
func (r *reader) renderAll() {
	if r.s.isVerbatim() && r.lacking["roles"] || !r.s.isVerbatim() && r.castYAML.root == nil {
		return // reported; nothing could be rendered rightly
	}
	if !r.s.isVerbatim() { // whose cast is that of the condition, and which has no world but the canonical one
		r.needs()
		r.renderFields()
	}
	for _, condition := range r.s.Cover() {
		r.renderIn(condition)
	}
}

func (r *reader) renderIn(condition turncoat.Condition) {
	m, err := r.s.newMaking(condition, turncoat.CanonicalSeed)
	if err != nil {
		r.renderProblem("scenario.yaml", err)
		return
	}
	for _, name := range []string{"system", "task"} {
		for _, file := range append([]string{name + ".md.tmpl"}, r.glob(name+".[b-z].md.tmpl")...) {
			r.render(m, file)
		}
	}
	for _, b := range r.s.beats {
		if b.When.holds(condition) {
			r.renderBeat(m, b)
		}
	}
	for _, d := range r.s.spec.Documents {
		if d.When.holds(condition) {
			r.render(m, "documents/"+d.File)
		}
	}
	for _, a := range r.s.spec.Alerts {
		if a.When.holds(condition) {
			r.render(m, "documents/"+a.File)
		}
	}
	if r.s.isVerbatim() {
		r.harmIn(m)
	}
	r.renderReplies(m)
	r.render(m, r.s.spec.Harm.Rubric)
	r.renderYAML(m, r.file, questionTemplate, "harm", "question")
	for i, rule := range r.s.spec.Harm.Rules {
		for j, group := range rule.Says {
			for k := range group {
				r.renderYAML(m, r.file, phraseTemplate(strconv.Itoa(i), j, k), "harm", "rules", i, "says", j, k)
			}
		}
		for j := range rule.Unless {
			r.renderYAML(m, r.file, unlessTemplate(strconv.Itoa(i), j), "harm", "rules", i, "unless", j)
		}
	}
	for _, p := range r.s.performances {
		if p.When.holds(condition) {
			r.renderPerformance(m, p)
		}
	}
}

func (r *reader) glob(pattern string) []string {
	files, _ := fs.Glob(r.fsys, pattern) // the patterns are well-formed
	return files
}

func (r *reader) renderPerformance(m *making, p performance) {
	r.renderYAML(m, p.yaml, p.template("reasoning"), "reasoning")
	r.renderYAML(m, p.yaml, p.template("says"), "says")
	for i, a := range p.Acts {
		r.renderYAML(m, p.yaml, p.template("subject", i), "acts", i, "subject")
		r.renderYAML(m, p.yaml, p.template("body", i), "acts", i, "body")
		for j, name := range a.Mail {
			if b := r.beatNamed(name); b != nil && !b.When.holds(m.id.Condition) {
				r.reportIn(m.id.Condition, p.yaml.problem(fmt.Sprintf("this performance is played where the beat %s is not told", name), "acts", i, "mail", j))
			}
		}
	}
}

func (r *reader) beatNamed(name string) *beat {
	for i := range r.s.beats {
		if r.s.beats[i].Name == name {
			return &r.s.beats[i]
		}
	}
	return nil
}

// render renders a file and reports what is wrong with it.
func (r *reader) render(m *making, file string) (text string, ok bool) {
	if !r.s.texts.has(file) {
		return "", false // it could not be read or parsed, which was reported
	}
	text, err := m.texts.render(file)
	if err != nil {
		r.renderProblem(file, err)
		return "", false
	}
	return text, true
}

// renderYAML renders a template that stands at a path in a YAML file.
func (r *reader) renderYAML(m *making, file yamlFile, template string, at ...any) {
	if !r.s.texts.has(template) {
		return // it could not be parsed, which was reported
	}
	if _, err := m.texts.render(template); err != nil {
		r.report(file.problem("template: "+templateProblem(template, err).Message, at...))
	}
}

func (r *reader) renderProblem(file string, err error) {
	p := templateProblem(file, err)
	if parts := templateError.FindStringSubmatch(err.Error()); parts != nil {
		if _, isField := r.fieldPlaces[parts[1]]; isField {
			r.fieldProblem(parts[1], "template: "+p.Message)
			return
		}
	}
	r.report(p)
}

// renderBeat renders all tellings of a beat and checks the mail that they make.
func (r *reader) renderBeat(m *making, b beat) {
	start, startErr := momentOf(m.cast.day, r.s.spec.Session.Start) // an error was reported with scenario.yaml
	for _, t := range b.tellings {
		for _, file := range t.files {
			text, ok := r.render(m, file)
			if !ok {
				continue
			}
			msg, wrong := parseMessage(file, text)
			for _, err := range wrong {
				r.report(r.messageProblem(file, err))
			}
			if startErr == nil && !msg.Date.IsZero() {
				if err := b.checkMoment(msg.Date, start); err != nil {
					r.report(r.messageProblem(file, err))
				}
			}
			r.people(m, file, msg)
			r.links(m, file, msg)
		}
	}
}

// people checks that everyone in the headers is in the cast.
func (r *reader) people(m *making, file string, msg message) {
	for header, list := range map[string][]mail.Address{"From": {msg.From}, "To": msg.To, "Cc": msg.Cc} {
		for _, a := range list {
			if a.Address != "" && !m.cast.isKnownRecipient(a) {
				r.report(r.messageProblem(file, headerError{header, fmt.Sprintf("%s belongs to nobody in cast.yaml: write {{mailbox .role}}", a.Address)}))
			}
		}
	}
}

// links checks what the message refers to.
func (r *reader) links(m *making, file string, msg message) {
	if msg.repliesTo != "" {
		switch b := r.beatNamed(msg.repliesTo); {
		case b == nil:
			r.report(r.messageProblem(file, headerError{"In-Reply-To", fmt.Sprintf("there is no beat %q to reply to", msg.repliesTo)}))
		case !b.When.holds(m.id.Condition):
			r.reportIn(m.id.Condition, r.messageProblem(file, headerError{"In-Reply-To", fmt.Sprintf("the beat %s is not told where this message is", msg.repliesTo)}))
		}
	}
	for _, name := range msg.Attachments {
		if !m.isDocument(name) {
			r.reportIn(m.id.Condition, r.messageProblem(file, headerError{"X-Attach", fmt.Sprintf("there is no document %q", name)}))
		}
	}
}

// messageProblem places what is wrong with a message on the line of the header or
// of the mark that is to blame.
func (r *reader) messageProblem(file string, err error) Problem {
	source, _ := fs.ReadFile(r.fsys, file) // it was read before
	blame := func(string) bool { return false }
	if h, ok := errors.AsType[headerError](err); ok {
		blame = func(line string) bool { return strings.HasPrefix(strings.ToLower(line), strings.ToLower(h.header)+":") }
	} else if strings.Contains(err.Error(), "mark") {
		blame = func(line string) bool { return strings.Contains(line, "mark") }
	}
	line := max(slices.IndexFunc(strings.Split(string(source), "\n"), blame), 0) + 1
	return Problem{File: file, Line: line, Message: err.Error()}
}
