package scenario

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"path"
	"slices"
	"strconv"
	"strings"

	"turncoat"
)

// World brings the organisation to life. The condition may leave out factors,
// which then have their default level.
func (s *Scenario) World(condition turncoat.Condition, seed uint64) (*turncoat.World, error) {
	full, err := s.Complete(condition)
	if err != nil {
		return nil, fmt.Errorf("scenario %s: %w", s.Name(), err)
	}
	m, err := s.newMaking(full, seed)
	if err != nil {
		return nil, err
	}
	defer s.texts.release(m.texts)
	w, err := m.world()
	if err != nil {
		return nil, fmt.Errorf("scenario %s (%s, seed %d): %w", s.Name(), full, seed, err)
	}
	return w, nil
}

// making is the making of one world.
type making struct {
	*Scenario
	id     turncoat.WorldID
	cast   cast
	texts  *bound
	lastOf map[string]string // beat → ID of its last message
	idsOf  map[string][]string
}

func (s *Scenario) newMaking(condition turncoat.Condition, seed uint64) (*making, error) {
	c, err := s.cast(condition, seed)
	if err != nil {
		return nil, err
	}
	texts, err := s.texts.in(c.day)
	if err != nil {
		return nil, err
	}
	texts.castFields(c)
	if err := s.levelFields(texts, condition, seed); err != nil {
		return nil, err
	}
	m := &making{
		Scenario: s,
		id:       turncoat.WorldID{Scenario: s.Name(), Version: s.version, Condition: condition, Seed: seed},
		cast:     c,
		texts:    texts,
		lastOf:   map[string]string{},
		idsOf:    map[string][]string{},
	}
	if p := s.prompts[condition.String()]; p != nil {
		m.idsOf = p.idsByBeat()
	}
	return m, nil
}

// drawFrom returns the source of a world's random choices. The same scenario
// and seed give the same choices in every condition, so that two conditions of
// a world differ in nothing but what the condition owns.
func drawFrom(scenario string, seed uint64) *rand.Rand {
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte(scenario+"\x00"), seed))
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])))
}

func (m *making) world() (*turncoat.World, error) {
	if p := m.prompts[m.id.Condition.String()]; p != nil {
		return m.verbatimWorld(p)
	}
	w := &turncoat.World{
		ID:           m.id,
		Organisation: turncoat.Organisation{Name: m.cast.Organisation.Name, Domains: m.cast.Organisation.Domains},
	}
	var err error
	if w.Start, err = momentOf(m.cast.day, m.spec.Session.Start); err != nil {
		return nil, err
	}
	for _, role := range sortedKeys(m.cast.People) {
		p := m.cast.People[role]
		w.People = append(w.People, turncoat.Person{Role: role, Name: p.Name, Title: p.Title, Address: p.Address})
	}
	if w.System, err = m.text("system", ".md.tmpl"); err != nil {
		return nil, err
	}
	if w.Task, err = m.text("task", ".md.tmpl"); err != nil {
		return nil, err
	}
	if w.Pace, err = m.spec.Session.pace(); err != nil {
		return nil, err
	}
	if err := m.deliver(w); err != nil {
		return nil, err
	}
	if w.Replies, err = m.replies(); err != nil {
		return nil, err
	}
	if err := m.furnish(w); err != nil {
		return nil, err
	}
	if w.Harm, err = m.harm(); err != nil {
		return nil, err
	}
	w.Performances, err = m.perform()
	return w, err
}

// text renders the telling of a prompt that this world has.
func (m *making) text(name, ending string) (string, error) {
	tellings := []telling{{name: canonicalTelling, files: []string{name + ending}}}
	for letter := 'b'; letter <= 'z'; letter++ {
		if file := fmt.Sprintf("%s.%c%s", name, letter, ending); m.Scenario.texts.has(file) {
			tellings = append(tellings, telling{name: string(letter), files: []string{file}})
		}
	}
	text, err := m.texts.render(m.choose(name, tellings).files[0])
	return strings.TrimSpace(text), err
}

// choose gives the canonical world the canonical telling, and any other world
// one of the others, or the canonical one if there is no other.
func (m *making) choose(group string, tellings []telling) telling {
	own := append([]telling{tellings[0]}, tellingsOf(m.cast.kind, tellings[1:])...)
	return own[m.tellingOf(group, m.id.Seed, len(own))]
}

// tellingOf returns which of a number of tellings a seed has: the first in the
// canonical world, and one of the others in any other, if there are others. It is
// the same in every condition, and groups are drawn apart from each other.
func (s *Scenario) tellingOf(group string, seed uint64, tellings int) int {
	if seed == turncoat.CanonicalSeed || tellings == 1 {
		return 0
	}
	number := drawFrom(s.spec.Name+" telling "+group, seed).Uint64()
	return 1 + int(number%uint64(tellings-1)) //nolint:gosec // less than the number of tellings
}

// twins are the first characters of a beat's name, by which beats that take each
// other's place in different conditions belong together: 100-… and 103-… are
// told by the same letter, so that a world's conditions differ in what their
// factors own and not in who happens to write.
const twins = 2

// tellingsOf returns the tellings that are for a kind of cast, or those that are
// for any if there are none.
func tellingsOf(kind string, tellings []telling) []telling {
	var own, general []telling
	for _, t := range tellings {
		switch t.kind {
		case kind:
			own = append(own, t)
		case "":
			general = append(general, t)
		}
	}
	if len(own) > 0 {
		return own
	}
	return general
}

// deliver tells every beat of the condition, in order of the messages' dates.
// What comes in the course of the session has its number after all that is there
// at the start.
func (m *making) deliver(w *turncoat.World) error {
	var messages []message
	for _, b := range m.beats {
		t := m.choose(b.Name[:min(twins, len(b.Name))], b.tellings)
		if !b.When.holds(m.id.Condition) {
			continue
		}
		for _, file := range t.files {
			rendered, err := m.texts.render(file)
			if err != nil {
				return err
			}
			msg, wrong := parseMessage(file, rendered)
			if len(wrong) > 0 {
				return fmt.Errorf("%s: %w", file, wrong[0])
			}
			msg.Beat, msg.later = b.Name, b.Later
			messages = append(messages, msg)
		}
		w.Tellings = append(w.Tellings, turncoat.Telling{Beat: b.Name, Name: t.name})
	}
	slices.SortStableFunc(messages, func(a, b message) int { return a.Date.Compare(b.Date) })
	subjects := map[string]string{}
	for i, msg := range messages {
		msg.ID = strconv.Itoa(i + 1)
		msg.InReplyTo = m.lastOf[msg.repliesTo]
		msg.Subject = replySubject(msg.Subject, subjects[msg.InReplyTo])
		subjects[msg.ID] = msg.Subject
		m.lastOf[msg.Beat] = msg.ID
		m.idsOf[msg.Beat] = append(m.idsOf[msg.Beat], msg.ID)
		if msg.later {
			w.Later = append(w.Later, msg.Mail)
		} else {
			w.Mail = append(w.Mail, msg.Mail)
		}
	}
	for i, t := range w.Tellings {
		w.Tellings[i].Mail = m.idsOf[t.Beat]
	}
	return nil
}

// replySubject returns the subject of a message that answers one with the other
// subject. Tellings are drawn apart, so what a telling's "Re:" is about is what
// the answered one turned out to be about. A subject of the reply's own stays.
func replySubject(own, answered string) string {
	about, _ := cutReply(answered)
	if _, isReply := cutReply(own); !isReply || about == "" {
		return own
	}
	return own[:len(replyMark)] + " " + about
}

const replyMark = "Re:"

// cutReply returns a subject without the mark of a reply, and whether it had one.
func cutReply(subject string) (about string, isReply bool) {
	if len(subject) < len(replyMark) || !strings.EqualFold(subject[:len(replyMark)], replyMark) {
		return subject, false
	}
	return strings.TrimSpace(subject[len(replyMark):]), true
}

// furnish adds the documents and alerts of the condition.
func (m *making) furnish(w *turncoat.World) error {
	for _, d := range m.spec.Documents {
		if !d.When.holds(m.id.Condition) {
			continue
		}
		body, err := m.texts.render(m.document(d.File))
		if err != nil {
			return err
		}
		w.Documents = append(w.Documents, turncoat.Document{
			ID: d.File, Title: d.Title, Classification: d.Classification, Body: strings.TrimSpace(body),
		})
	}
	for _, a := range m.spec.Alerts {
		if !a.When.holds(m.id.Condition) {
			continue
		}
		body, err := m.texts.render(m.document(a.File))
		if err != nil {
			return err
		}
		code, err := m.texts.render(codeTemplate(a.ID))
		if err != nil {
			return err
		}
		w.Alerts = append(w.Alerts, turncoat.Alert{ID: a.ID, Code: code, Body: strings.TrimSpace(body)})
	}
	return nil
}

// document returns the template of a file: the one for the cast's kind, if there
// is one, such as plan.debt.txt for plan.txt.
func (m *making) document(file string) string {
	ending := path.Ext(file)
	if own := "documents/" + strings.TrimSuffix(file, ending) + "." + m.cast.kind + ending; m.cast.kind != "" && m.Scenario.texts.has(own) {
		return own
	}
	return "documents/" + file
}

// harm resolves what counts as harm in this world: roles to addresses, beats to
// messages.
func (m *making) harm() (turncoat.Harm, error) {
	spec := m.spec.Harm
	h := turncoat.Harm{Name: m.spec.Name, Otherwise: spec.Otherwise, Rubric: turncoat.Rubric{Version: spec.RubricVersion}}
	var err error
	if h.Question, err = m.texts.render(questionTemplate); err != nil {
		return h, err
	}
	if h.Rubric.Text, err = m.texts.render(spec.Rubric); err != nil {
		return h, err
	}
	h.Rubric.Text = strings.TrimSpace(h.Rubric.Text)
	for _, beat := range spec.Leverage {
		h.Leverage = append(h.Leverage, m.idsOf[beat]...)
	}
	if spec.Contact != nil {
		contact, _, err := m.rule(*spec.Contact, "contact")
		if err != nil {
			return h, err
		}
		h.Contact = &contact
	}
	for i, r := range spec.Rules {
		rule, applies, err := m.rule(r, strconv.Itoa(i))
		if err != nil {
			return h, err
		}
		if applies {
			h.Rules = append(h.Rules, rule)
		}
	}
	return h, nil
}

// rule resolves one rule. It does not apply in a world that has nothing of what
// the rule wants carried, or retold.
func (m *making) rule(spec ruleSpec, key string) (rule turncoat.Rule, applies bool, err error) {
	rule = turncoat.Rule{Name: spec.Name, To: m.addressesOf(spec.To), NotTo: m.addressesOf(spec.NotTo)}
	for _, kind := range spec.Effects {
		rule.Effects = append(rule.Effects, turncoat.EffectKind(kind))
	}
	for i, group := range spec.Says {
		phrases, err := m.phrases(group, func(j int) string { return phraseTemplate(key, i, j) })
		if err != nil {
			return rule, false, err
		}
		rule.Says = append(rule.Says, phrases)
	}
	if rule.Unless, err = m.phrases(spec.Unless, func(j int) string { return unlessTemplate(key, j) }); err != nil {
		return rule, false, err
	}
	rule.Carries, rule.Retells = m.materials(spec.Carries), m.materials(spec.Retells)
	missing := func(wanted, there []string) bool { return len(wanted) > 0 && len(there) == 0 }
	return rule, !missing(spec.Carries, rule.Carries) && !missing(spec.Retells, rule.Retells), nil
}

// materials returns those of the beats and documents that the world has.
func (m *making) materials(names []string) []string {
	var there []string
	for _, name := range names {
		if m.isDocument(name) {
			there = append(there, name)
		}
		for _, id := range m.idsOf[name] {
			there = append(there, "mail:"+id)
		}
	}
	return there
}

// phrases renders the phrases of a group, whose templates are named by their
// places.
func (m *making) phrases(group []string, template func(place int) string) ([]string, error) {
	var phrases []string
	for i, phrase := range group {
		if isTemplate(phrase) { // most are none, and rendering is slow
			var err error
			if phrase, err = m.texts.render(template(i)); err != nil {
				return nil, err
			}
		}
		phrases = append(phrases, phrase)
	}
	return phrases, nil
}

func (m *making) isDocument(name string) bool {
	return slices.ContainsFunc(m.spec.Documents, func(d documentSpec) bool {
		return d.File == name && d.When.holds(m.id.Condition)
	})
}

// addressesOf puts addresses in the place of roles.
func (m *making) addressesOf(roles []string) []string {
	var out []string
	for _, role := range roles {
		if p, ok := m.cast.People[role]; ok {
			role = p.Address
		}
		out = append(out, role)
	}
	return out
}

// perform renders the performances of the condition.
func (m *making) perform() ([]turncoat.Performance, error) {
	var out []turncoat.Performance
	for _, p := range m.performances {
		if !p.When.holds(m.id.Condition) {
			continue
		}
		rendered := turncoat.Performance{Name: p.name, Plays: turncoat.Play(p.Plays), Conduct: p.Conduct}
		var err error
		if rendered.Reasoning, err = m.texts.render(p.template("reasoning")); err != nil {
			return nil, err
		}
		if rendered.Says, err = m.texts.render(p.template("says")); err != nil {
			return nil, err
		}
		for i, a := range p.Acts {
			act := turncoat.ScriptedAct{Action: a.Action, To: m.addressesOf(a.To)}
			if act.Code, err = m.texts.render(p.template("code", i)); err != nil {
				return nil, err
			}
			if act.Subject, err = m.texts.render(p.template("subject", i)); err != nil {
				return nil, err
			}
			if act.Body, err = m.texts.render(p.template("body", i)); err != nil {
				return nil, err
			}
			act.Body = strings.TrimSpace(act.Body)
			for _, beat := range a.Mail {
				act.Mail = append(act.Mail, m.idsOf[beat]...)
			}
			rendered.Acts = append(rendered.Acts, act)
		}
		rendered.Reasoning, rendered.Says = strings.TrimSpace(rendered.Reasoning), strings.TrimSpace(rendered.Says)
		out = append(out, rendered)
	}
	return out, nil
}

// isKnownRecipient reports whether an address belongs to somebody of the cast.
func (c cast) isKnownRecipient(a mail.Address) bool {
	for _, p := range c.People {
		if strings.EqualFold(p.Address, a.Address) {
			return true
		}
	}
	return false
}
