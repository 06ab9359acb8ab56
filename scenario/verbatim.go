package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"turncoat"
)

// A scenario whose scenario.yaml has prompts is a verbatim one: a model is sent
// the texts of others word for word, and what is true in them is told by a file
// beside them. It has no mail to tell, and no world but the canonical one.

// promptSpec is a condition of a verbatim scenario.
type promptSpec struct {
	Name      string            `yaml:"name"`
	Condition map[string]string `yaml:"condition"`
	System    string            `yaml:"system"`
	User      []string          `yaml:"user"`
	Truth     string            `yaml:"truth"`
	Metadata  string            `yaml:"metadata"`
}

// Truth is what is true in the texts of a prompt, as its file tells it in JSON.
// The people whose roles scenario.yaml names are in it; others may be.
type Truth struct {
	Start        time.Time             `json:"start"` // the world's clock when the session starts
	Organisation turncoat.Organisation `json:"organisation"`
	People       []turncoat.Person     `json:"people"`
	Terms        map[string]string     `json:"terms,omitempty"` // words for the templates of the harm
	Mail         []turncoat.Mail       `json:"mail"`            // what the agent can forward; each may name its beat
	Alerts       []turncoat.Alert      `json:"alerts,omitempty"`
}

// prompt is a condition of a verbatim scenario that has been read.
type prompt struct {
	text  turncoat.Verbatim
	truth Truth
	cast  cast
}

// isVerbatim reports whether the scenario's texts are others', word for word.
func (s *Scenario) isVerbatim() bool { return len(s.spec.Prompts) > 0 }

// Verbatim returns the conditions of a verbatim scenario in the order of its
// file, and nothing for any other scenario.
func (s *Scenario) Verbatim() []turncoat.Condition {
	var conditions []turncoat.Condition
	for _, p := range s.spec.Prompts {
		if full := s.withDefaults(p.Condition); s.prompts[full.String()] != nil {
			conditions = append(conditions, full)
		}
	}
	return conditions
}

// noPrompt returns an error if a complete condition has no prompt in a scenario
// that has only those.
func (s *Scenario) noPrompt(full turncoat.Condition) error {
	if !s.isVerbatim() || s.prompts[full.String()] != nil {
		return nil
	}
	return fmt.Errorf("%s has no prompt: this scenario has the texts of others, word for word, in %d conditions, and not in this one", full, len(s.prompts))
}

// verbatimCast returns who is who in a condition.
func (s *Scenario) verbatimCast(full turncoat.Condition, seed uint64) (cast, error) {
	if seed != turncoat.CanonicalSeed {
		return cast{}, fmt.Errorf("scenario %s has no fresh worlds: its texts are others', word for word, so the one world seed that it knows is %d",
			s.spec.Name, turncoat.CanonicalSeed)
	}
	if err := s.noPrompt(full); err != nil {
		return cast{}, err
	}
	return s.prompts[full.String()].cast, nil
}

// idsByBeat returns the messages that tell each beat.
func (p *prompt) idsByBeat() map[string][]string {
	ids := map[string][]string{}
	for _, mail := range p.truth.Mail {
		if mail.Beat != "" {
			ids[mail.Beat] = append(ids[mail.Beat], mail.ID)
		}
	}
	return ids
}

// verbatimWorld makes a world around a prompt.
func (m *making) verbatimWorld(p *prompt) (*turncoat.World, error) {
	text := p.text
	w := &turncoat.World{
		ID: m.id, Organisation: p.truth.Organisation, People: slices.Clone(p.truth.People), Start: p.truth.Start,
		Mail: slices.Clone(p.truth.Mail), Alerts: slices.Clone(p.truth.Alerts), Verbatim: &text,
	}
	for _, b := range m.spec.Beats {
		if ids := m.idsOf[b.Name]; len(ids) > 0 {
			w.Tellings = append(w.Tellings, turncoat.Telling{Beat: b.Name, Name: canonicalTelling, Mail: ids})
		}
	}
	var err error
	if w.Harm, err = m.harm(); err != nil {
		return nil, err
	}
	w.Performances, err = m.perform()
	return w, err
}

// verbatim reads the prompts.
func (r *reader) verbatim() {
	s := &r.s.spec
	for key, given := range map[string]bool{"documents": len(s.Documents) > 0, "alerts": len(s.Alerts) > 0, "replies": len(s.Replies) > 0, "session": s.Session != (sessionSpec{})} {
		if given {
			r.wrong("a scenario with prompts has no "+key+": what is true in a prompt stands in its truth", key)
		}
	}
	r.beatNames()
	r.s.prompts = map[string]*prompt{}
	for i, spec := range s.Prompts {
		full, ok := r.promptCondition(spec, i)
		if !ok {
			continue
		}
		if r.s.prompts[full.String()] != nil {
			r.wrong(fmt.Sprintf("there is another prompt for the condition %s", full), "prompts", i, "condition")
			continue
		}
		if p, ok := r.prompt(spec, i); ok {
			r.s.prompts[full.String()] = p
		}
	}
}

func (r *reader) promptCondition(spec promptSpec, i int) (turncoat.Condition, bool) {
	if spec.Name == "" {
		r.wrong("the prompt has no name", "prompts", i)
	}
	known := true
	for factor, level := range spec.Condition {
		if err := r.s.knows(factor, level); err != nil {
			r.wrong(err.Error(), "prompts", i, "condition", factor)
			known = false
		}
	}
	return r.s.withDefaults(spec.Condition), known
}

// prompt reads the files of a prompt. A mistake in any of them leaves it out.
func (r *reader) prompt(spec promptSpec, i int) (*prompt, bool) {
	before := len(r.problems)
	p := &prompt{text: turncoat.Verbatim{Name: spec.Name, System: r.verbatimText(spec.System, "prompts", i, "system")}}
	if len(spec.User) == 0 {
		r.wrong("the prompt has no user message: name its file, or files that a line feed joins", "prompts", i)
	}
	for j, file := range spec.User {
		p.text.User = append(p.text.User, r.verbatimText(file, "prompts", i, "user", j))
	}
	if spec.Metadata != "" {
		if text, ok := r.read(spec.Metadata); ok && !json.Valid(text) {
			r.report(Problem{File: spec.Metadata, Message: "this is no JSON"})
		} else {
			p.text.Metadata = text
		}
	}
	r.truth(spec.Truth, p, "prompts", i, "truth")
	return p, len(r.problems) == before
}

// verbatimText reads a text to the byte.
func (r *reader) verbatimText(file string, at ...any) string {
	if file == "" {
		r.wrong("a file is missing: the prompt needs system, user and truth", at...)
		return ""
	}
	text, ok := r.read(file)
	switch {
	case !ok:
	case !utf8.Valid(text):
		r.report(Problem{File: file, Message: "the text is not UTF-8, so it could not be sent as it is"})
	case strings.TrimSpace(string(text)) == "":
		r.report(Problem{File: file, Message: "the text is empty"})
	}
	return string(text)
}

// truth reads what is true in a prompt, and makes its cast.
func (r *reader) truth(file string, p *prompt, at ...any) {
	if file == "" {
		r.wrong("a file is missing: the prompt needs system, user and truth", at...)
		return
	}
	text, ok := r.read(file)
	if !ok {
		return
	}
	wrong := func(message string) { r.report(Problem{File: file, Message: message}) }
	if err := decodeStrictly(text, &p.truth); err != nil {
		wrong(err.Error())
		return
	}
	t := p.truth
	if len(t.Organisation.Domains) == 0 || t.Organisation.Name == "" {
		wrong("the organisation needs a name and at least one domain")
	}
	p.cast = cast{day: t.Start, castSpec: castSpec{
		Organisation: organisationSpec{Name: t.Organisation.Name, Short: t.Organisation.Name, Domains: t.Organisation.Domains},
		People:       map[string]personSpec{}, Terms: t.Terms,
	}}
	for _, person := range t.People {
		if _, role := r.s.spec.Roles[person.Role]; !role {
			continue
		}
		if _, twice := p.cast.People[person.Role]; twice {
			wrong(fmt.Sprintf("two people have the role %s", person.Role))
		}
		given, family, _ := strings.Cut(person.Name, " ")
		p.cast.People[person.Role] = personSpec{Name: person.Name, Given: given, Family: family, Title: person.Title, Address: person.Address}
	}
	for _, role := range sortedKeys(r.s.spec.Roles) {
		if who, ok := p.cast.People[role]; !ok || !strings.Contains(who.Address, "@") || who.Name == "" {
			wrong(fmt.Sprintf("nobody has the role %s, with a name and an address", role))
		}
	}
	ids := map[string]bool{}
	for _, m := range t.Mail {
		if m.ID == "" || ids[m.ID] {
			wrong(fmt.Sprintf("a message has the id %q, and each needs one of its own", m.ID))
		}
		ids[m.ID] = true
		if m.Beat != "" && !r.hasBeat(m.Beat) {
			wrong(fmt.Sprintf("message %s tells a beat %q that scenario.yaml has not", m.ID, m.Beat))
		}
	}
}

// decodeStrictly reads one JSON value of known fields, and nothing after it.
func decodeStrictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("this cannot be read: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

// beatNames checks the beats of a verbatim scenario, which have no mail of their
// own: the messages of a prompt say which they tell.
func (r *reader) beatNames() {
	seen := map[string]bool{}
	for i, b := range r.s.spec.Beats {
		if b.Name == "" || b.Fact == "" || seen[b.Name] || len(b.When) > 0 {
			r.wrong("a beat needs a name of its own and a fact; in a scenario with prompts it has no when", "beats", i)
		}
		seen[b.Name] = true
	}
	if files, _ := fs.ReadDir(r.fsys, "mail"); len(files) > 0 { // a missing folder is as it should be
		r.report(Problem{File: "mail", Message: "a scenario with prompts has no mail beside them: remove the folder"})
	}
}

// harmIn checks that harm can be found in a prompt's world at all.
func (r *reader) harmIn(m *making) {
	h, err := m.harm()
	if err != nil {
		return // a template that fails is reported where it stands
	}
	if len(h.Rules) == 0 || len(h.Leverage) == 0 {
		r.reportIn(m.id.Condition, r.file.problem("no message tells what the rules of harm and its leverage are about, so harm could never be found", "harm"))
	}
}
