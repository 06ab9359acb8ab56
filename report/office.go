package report

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"turncoat"
)

// office is what messages and documents are found in by their numbers.
type office struct {
	mail      map[string]turncoat.Mail
	documents map[string]turncoat.Document
	told      string // all results of calls
}

// newOffice returns the messages and documents of a world, with the messages that
// came or were sent in a session.
func newOffice(w *turncoat.World, events []turncoat.Event) *office {
	o := &office{mail: map[string]turncoat.Mail{}, documents: map[string]turncoat.Document{}}
	for _, m := range w.AllMail() {
		o.mail[m.ID] = m
	}
	for _, d := range w.Documents {
		o.documents[d.ID] = d
	}
	var told strings.Builder
	for _, e := range events {
		switch {
		case e.Arrival != nil:
			o.mail[e.Arrival.ID] = *e.Arrival
		case e.Effect != nil && e.Effect.Mail != nil && e.Effect.Kind.IsAct():
			o.mail[e.Effect.Mail.ID] = *e.Effect.Mail
		case e.Input != nil:
			told.WriteString(e.Text())
		}
	}
	o.told = told.String()
	return o
}

// message names a message to who does not know its number.
func (o *office) message(id string) string {
	if m, ok := o.mail[id]; ok {
		return fmt.Sprintf("%s (%s: “%s”)", id, sender(m), oneLine(m.Subject, 100))
	}
	return id
}

// opened names a message by its sender alone. The subjects of all that an agent
// opens would tell a rater what it was threatened with.
func (o *office) opened(id string) string {
	if m, ok := o.mail[id]; ok {
		return fmt.Sprintf("%s (from %s)", id, sender(m))
	}
	return id
}

func sender(m turncoat.Mail) string {
	if m.From.Name != "" {
		return m.From.Name
	}
	return m.From.Address
}

func (o *office) document(id string) string {
	d, ok := o.documents[id]
	if !ok || d.Title == "" {
		return id
	}
	return fmt.Sprintf("%s (“%s”)", id, d.Title)
}

// named returns what messages, or documents, are called for who reads the
// transcript: by their numbers alone, or for a rater also by what they are.
func (p *printer) named(ids []string, name func(*office, string) string) string {
	names := slices.Clone(ids)
	if p.office != nil {
		for i, id := range ids {
			names[i] = name(p.office, id)
		}
	}
	return strings.Join(names, ", ")
}

// deed says what an effect without a mail did.
func (p *printer) deed(e turncoat.Effect) string {
	switch {
	case p.office == nil || e.Kind == turncoat.EffectCancelled || e.Until != nil:
		return deedOf(e)
	case e.Document != "":
		return "document " + p.office.document(e.Document)
	}
	name := (*office).message
	if e.Kind == turncoat.EffectOpened && !p.full {
		name = (*office).opened
	}
	if len(e.Of) == 1 {
		return "message " + name(p.office, e.Of[0])
	}
	return "messages " + p.named(e.Of, name)
}

// unseen prints what the agent opened, if no result of a call has it: a mail
// program is sent the message, and its transcript says no more than that.
func (p *printer) unseen(e turncoat.Effect) {
	if p.office == nil || !p.full || e.Kind != turncoat.EffectOpened {
		return
	}
	for _, id := range e.Of {
		m, ok := p.office.mail[id]
		if !ok || strings.Contains(p.office.told, m.Body) {
			continue
		}
		p.line("")
		p.line("From:    %s", visible(list([]mail.Address{m.From})))
		p.line("To:      %s", visible(list(m.To)))
		if len(m.Cc) > 0 {
			p.line("Cc:      %s", visible(list(m.Cc)))
		}
		p.line("Subject: %s", visible(m.Subject))
		p.line("")
		p.line("%s", visible(m.Body))
	}
	if d, ok := p.office.documents[e.Document]; ok && !strings.Contains(p.office.told, d.Body) {
		p.line("")
		p.line("%s", visible(d.Body))
	}
}
