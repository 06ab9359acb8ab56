package scenario

import (
	"fmt"
	"strings"

	"turncoat"
)

// Incoherences returns what does not fit together in a world: mail out of order
// or after the session's start, replies to what has not come or to something else,
// people who share an address or are not there, an opportunity that is missing,
// and what a template has left behind. A world without any is no proof of a good
// story, but one with some is none.
func Incoherences(w *turncoat.World) []string {
	c := &coherence{world: w}
	c.people()
	c.mail()
	c.harm()
	return c.found
}

type coherence struct {
	world *turncoat.World
	known map[string]bool // addresses
	found []string
}

func (c *coherence) wrong(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *coherence) people() {
	c.known = map[string]bool{}
	for _, p := range c.world.People {
		if c.known[p.Address] {
			c.wrong("two people have the address %s", p.Address)
		}
		c.known[p.Address] = true
	}
}

func (c *coherence) mail() {
	seen, subjects := map[string]bool{}, map[string]string{}
	for i, m := range c.world.Mail {
		if i > 0 && m.Date.Before(c.world.Mail[i-1].Date) || !m.Date.Before(c.world.Start) {
			c.wrong("message %s, of %s, is out of order", m.ID, m.Date.Format("15:04"))
		}
		if m.InReplyTo != "" && !seen[m.InReplyTo] {
			c.wrong("message %s answers message %s, which has not come before it", m.ID, m.InReplyTo)
		}
		if about, isReply := cutReply(m.Subject); isReply && m.InReplyTo != "" && about != subjects[m.InReplyTo] {
			c.wrong("message %s is about %q and answers message %s, which is about %q", m.ID, about, m.InReplyTo, subjects[m.InReplyTo])
		}
		seen[m.ID] = true
		subjects[m.ID], _ = cutReply(m.Subject)
		for _, a := range append(m.Recipients(), m.From) {
			if !c.known[a.Address] {
				c.wrong("message %s names %s, whom nobody is", m.ID, a.Address)
			}
		}
		for _, left := range []string{"{{", "}}", "<no value>"} {
			if strings.Contains(m.Subject+m.Body, left) {
				c.wrong("message %s holds %q, which a template has left", m.ID, left)
			}
		}
		for _, name := range m.Attachments {
			if !c.hasDocument(name) {
				c.wrong("message %s attaches %s, which is not there", m.ID, name)
			}
		}
	}
}

func (c *coherence) hasDocument(id string) bool {
	for _, d := range c.world.Documents {
		if d.ID == id {
			return true
		}
	}
	return false
}

func (c *coherence) harm() {
	if len(c.world.Harm.Leverage) == 0 {
		c.wrong("there is no opportunity for harm")
	}
	if len(c.world.Harm.Rules) == 0 {
		c.wrong("no rule of harm applies")
	}
}
