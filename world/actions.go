package world

import (
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"turncoat"
)

// Message is what an agent writes: recipients as it names them, and texts.
type Message struct {
	To, Cc      []string
	Subject     string
	Body        string
	Attachments []string // Document.ID values
	InReplyTo   string   // a Mail.ID
}

// Send sends a new message from the agent. Source is the agent's words that
// asked for it. An error means that nothing happened, and tells the agent why.
func (s *State) Send(m Message, source turncoat.Source) (turncoat.Effect, error) {
	sent, err := s.compose(m)
	if err != nil {
		return turncoat.Effect{}, err
	}
	return s.send(sent, "", source)
}

// send sends a message that was composed now or, as a draft, before.
func (s *State) send(m turncoat.Mail, draft string, source turncoat.Source) (turncoat.Effect, error) {
	switch {
	case len(m.To) == 0:
		return turncoat.Effect{}, errors.New("no recipient is named")
	case m.Subject == "" && m.Body == "":
		return turncoat.Effect{}, errors.New("the message has neither a subject nor a body")
	}
	m.ID, m.Date = s.nextID(), s.clock
	return s.do(turncoat.Effect{Kind: turncoat.EffectSent, Source: source, Mail: &m, Draft: draft})
}

// Reply answers a message by its ID: to whom it is from, and if all is set to
// its other recipients, too. What the agent sent itself is followed up to those
// it went to. Recipients in m are added as copies.
func (s *State) Reply(id string, all bool, m Message, source turncoat.Source) (turncoat.Effect, error) {
	original, ok := s.Mail(id)
	if !ok {
		return turncoat.Effect{}, noMessage(id)
	}
	copies, err := s.resolveAll(append(slices.Clone(m.To), m.Cc...))
	if err != nil {
		return turncoat.Effect{}, err
	}
	m.To, m.Cc, m.InReplyTo = nil, nil, id
	if m.Subject == "" {
		m.Subject = prefixed("Re: ", original.Subject)
	}
	sent, err := s.compose(m)
	if err != nil {
		return turncoat.Effect{}, err
	}
	own := func(a mail.Address) bool { return strings.EqualFold(a.Address, sent.From.Address) }
	sent.To = []mail.Address{original.From}
	if own(original.From) {
		sent.To = slices.Clone(original.To)
	}
	if all {
		copies = slices.Concat(original.Recipients(), copies)
	}
	for _, a := range copies {
		if !own(a) && !isAmong(a, sent.To) && !isAmong(a, sent.Cc) {
			sent.Cc = append(sent.Cc, a)
		}
	}
	return s.send(sent, "", source)
}

func isAmong(a mail.Address, list []mail.Address) bool {
	return slices.ContainsFunc(list, func(b mail.Address) bool { return strings.EqualFold(a.Address, b.Address) })
}

// prefixed puts a mark before a subject that does not have it yet.
func prefixed(mark, subject string) string {
	if strings.HasPrefix(strings.ToLower(subject), strings.ToLower(mark)) {
		return subject
	}
	return mark + subject
}

// MissingError is the error of something that is named and is not there.
type MissingError struct {
	What string // message, draft, document or person
	Name string
}

// Error says what is missing.
func (e *MissingError) Error() string {
	if e.What == "person" {
		return fmt.Sprintf("nobody named %q is known here; write an address", e.Name)
	}
	return fmt.Sprintf("there is no %s %q", e.What, e.Name)
}

func noMessage(id string) error  { return &MissingError{"message", id} }
func noDraft(id string) error    { return &MissingError{"draft", id} }
func noDocument(id string) error { return &MissingError{"document", id} }

// Forward passes on messages that are in the agent's mailbox, by their IDs,
// with their attachments and an optional note of the agent's own. The body of
// the mail in the effect is that note alone; Of names what was passed on.
func (s *State) Forward(ids []string, m Message, source turncoat.Source) (turncoat.Effect, error) {
	if len(ids) == 0 {
		return turncoat.Effect{}, errors.New("no message is named that should be forwarded")
	}
	sent, err := s.compose(m)
	if err != nil {
		return turncoat.Effect{}, err
	}
	if len(sent.To) == 0 {
		return turncoat.Effect{}, errors.New("no recipient is named")
	}
	for _, id := range ids {
		original, ok := s.Mail(id)
		if !ok {
			return turncoat.Effect{}, noMessage(id)
		}
		sent.Attachments = append(sent.Attachments, original.Attachments...)
		if sent.Subject == "" {
			sent.Subject = "Fwd: " + original.Subject
		}
	}
	sent.ID = s.nextID()
	return s.do(turncoat.Effect{Kind: turncoat.EffectForwarded, Source: source, Mail: &sent, Of: ids})
}

// Write keeps a message as a draft, in the place of an earlier one if its ID is
// given. A draft may lack anything.
func (s *State) Write(m Message, replaces string, source turncoat.Source) (turncoat.Effect, error) {
	if _, ok := s.Draft(replaces); replaces != "" && !ok {
		return turncoat.Effect{}, noDraft(replaces)
	}
	draft, err := s.compose(m)
	if err != nil {
		return turncoat.Effect{}, err
	}
	draft.ID = s.nextDraft()
	return s.do(turncoat.Effect{Kind: turncoat.EffectDrafted, Source: source, Mail: &draft, Draft: replaces})
}

// SendDraft sends a draft as it is.
func (s *State) SendDraft(id string, source turncoat.Source) (turncoat.Effect, error) {
	draft, ok := s.Draft(id)
	if !ok {
		return turncoat.Effect{}, noDraft(id)
	}
	return s.send(draft, id, source)
}

// Open opens a message for reading. It is an effect only the first time: opened
// says whether it was. A message of the agent's own is never unread.
func (s *State) Open(id string, source turncoat.Source) (m turncoat.Mail, effect turncoat.Effect, opened bool, err error) {
	m, ok := s.Mail(id)
	if !ok {
		return m, effect, false, noMessage(id)
	}
	if !s.IsUnread(m) {
		return m, effect, false, nil
	}
	effect, err = s.do(turncoat.Effect{Kind: turncoat.EffectOpened, Source: source, Of: []string{id}})
	return m, effect, err == nil, err
}

// OpenDocument opens a document for reading, as Open does a message.
func (s *State) OpenDocument(id string, source turncoat.Source) (d turncoat.Document, effect turncoat.Effect, opened bool, err error) {
	d, ok := s.Document(id)
	if !ok {
		return d, effect, false, noDocument(id)
	}
	if s.opened[id] {
		return d, effect, false, nil
	}
	effect, err = s.do(turncoat.Effect{Kind: turncoat.EffectOpened, Source: source, Document: id})
	return d, effect, err == nil, err
}

// Archive puts messages of the inbox away.
func (s *State) Archive(ids []string, source turncoat.Source) (turncoat.Effect, error) {
	if len(ids) == 0 {
		return turncoat.Effect{}, errors.New("no message is named that should be archived")
	}
	inbox := s.Inbox()
	for _, id := range ids {
		if !slices.ContainsFunc(inbox, func(m turncoat.Mail) bool { return m.ID == id }) {
			return turncoat.Effect{}, fmt.Errorf("there is no message %q in the inbox", id)
		}
	}
	return s.do(turncoat.Effect{Kind: turncoat.EffectArchived, Source: source, Of: ids})
}

// Wait lets time pass: until the next message comes, or for the given time if
// that ends before.
func (s *State) Wait(d time.Duration, source turncoat.Source) (turncoat.Effect, error) {
	if d <= 0 {
		return turncoat.Effect{}, errors.New("the time to wait must be above zero")
	}
	until := s.clock.Add(d)
	if next, ok := s.Next(); ok && next.Before(until) {
		until = next
	}
	return s.do(turncoat.Effect{Kind: turncoat.EffectWaited, Source: source, Until: &until})
}

// Cancel cancels the alert that a code belongs to.
func (s *State) Cancel(code string, source turncoat.Source) (turncoat.Effect, error) {
	code = strings.TrimSpace(code)
	for _, a := range s.world.Alerts {
		if strings.EqualFold(a.Code, code) {
			return s.do(turncoat.Effect{Kind: turncoat.EffectCancelled, Source: source, Alert: a.ID, Code: code})
		}
	}
	return turncoat.Effect{}, fmt.Errorf("no alert is cancelled by the code %q", code)
}

func (s *State) do(e turncoat.Effect) (turncoat.Effect, error) {
	return e, s.Apply(e)
}

// compose makes the mail that a message becomes, as far as it is there.
func (s *State) compose(m Message) (turncoat.Mail, error) {
	agent, ok := s.world.Person(turncoat.RoleAgent)
	if !ok {
		return turncoat.Mail{}, errors.New("nobody in this world has the role of the agent")
	}
	to, err := s.resolveAll(m.To)
	if err != nil {
		return turncoat.Mail{}, err
	}
	cc, err := s.resolveAll(m.Cc)
	if err != nil {
		return turncoat.Mail{}, err
	}
	for _, id := range m.Attachments {
		if _, ok := s.Document(id); !ok {
			return turncoat.Mail{}, noDocument(id)
		}
	}
	return turncoat.Mail{
		From:        mail.Address{Name: agent.Name, Address: agent.Address},
		To:          to,
		Cc:          cc,
		Date:        s.clock,
		Subject:     strings.TrimSpace(m.Subject),
		Body:        strings.TrimSpace(m.Body),
		InReplyTo:   m.InReplyTo,
		Attachments: slices.Clone(m.Attachments),
	}, nil
}

func (s *State) resolveAll(recipients []string) ([]mail.Address, error) {
	var out []mail.Address
	for _, recipient := range recipients {
		address, err := s.Resolve(recipient)
		if err != nil {
			return nil, err
		}
		out = append(out, address)
	}
	return out, nil
}
