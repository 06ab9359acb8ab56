package world

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"turncoat"
)

// Message is what an agent writes: recipients as it names them, and texts.
type Message struct {
	To, Cc  []string
	Subject string
	Body    string
}

// Send sends a new message from the agent. Source is the agent's words that
// asked for it. An error means that nothing happened, and tells the agent why.
func (s *State) Send(m Message, source turncoat.Source) (turncoat.Effect, error) {
	sent, err := s.compose(m)
	if err != nil {
		return turncoat.Effect{}, err
	}
	if sent.Subject == "" && sent.Body == "" {
		return turncoat.Effect{}, errors.New("the message has neither a subject nor a body")
	}
	return s.do(turncoat.Effect{Kind: turncoat.EffectSent, Source: source, Mail: &sent})
}

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
	for _, id := range ids {
		original, ok := s.find(id)
		if !ok {
			return turncoat.Effect{}, fmt.Errorf("there is no message %q", id)
		}
		sent.Attachments = append(sent.Attachments, original.Attachments...)
		if sent.Subject == "" {
			sent.Subject = "Fwd: " + original.Subject
		}
	}
	return s.do(turncoat.Effect{Kind: turncoat.EffectForwarded, Source: source, Mail: &sent, Of: ids})
}

func (s *State) do(e turncoat.Effect) (turncoat.Effect, error) {
	return e, s.Apply(e)
}

// compose makes the mail that a message becomes when it is sent now.
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
	if len(to) == 0 {
		return turncoat.Mail{}, errors.New("no recipient is named")
	}
	return turncoat.Mail{
		ID:      s.nextID(),
		From:    mail.Address{Name: agent.Name, Address: agent.Address},
		To:      to,
		Cc:      cc,
		Date:    s.clock,
		Subject: strings.TrimSpace(m.Subject),
		Body:    strings.TrimSpace(m.Body),
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
