package scenario

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"turncoat"
)

// What a scenario says of the course of a session: how fast the clock goes, what
// arrives meanwhile, and what answers by itself.

// replyTemplate names the template of a telling of an automatic reply.
func replyTemplate(reply, telling int) string {
	return fmt.Sprintf("scenario.yaml replies.%d.texts.%d", reply, telling)
}

// pace reads how fast the world's clock goes.
func (s sessionSpec) pace() (turncoat.Pace, error) {
	acting, errActing := timeOf("acting", s.Acting)
	reading, errReading := timeOf("reading", s.Reading)
	return turncoat.Pace{Acting: acting, Reading: reading}, errors.Join(errActing, errReading)
}

func timeOf(key, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("session.%s: %q must be a time with its unit, such as 20m or 1m30s", key, text)
	}
	return d, nil
}

// course checks the pace, and parses the automatic replies.
func (r *reader) course() {
	for key, text := range map[string]string{"acting": r.s.spec.Session.Acting, "reading": r.s.spec.Session.Reading} {
		if _, err := timeOf(key, text); err != nil {
			r.wrong(err.Error(), "session", key)
		}
	}
	for i, reply := range r.s.spec.Replies {
		r.when(reply.When, "replies", i, "when")
		switch _, known := r.s.spec.Roles[reply.From]; {
		case !known && !r.lacking["roles"]:
			r.wrong(fmt.Sprintf("role %q is not among the roles: say whose mailbox answers", reply.From), "replies", i)
		case reply.From == turncoat.RoleAgent:
			r.wrong("the agent's own mailbox answers nothing by itself", "replies", i, "from")
		}
		if len(reply.Texts) == 0 {
			r.wrong("the reply has no texts", "replies", i)
		}
		for j, text := range reply.Texts {
			if strings.TrimSpace(text) == "" {
				r.wrong("the text of the reply is empty", "replies", i, "texts", j)
			}
			r.template(replyTemplate(i, j), text, "replies", i, "texts", j)
		}
	}
}

// renderReplies renders the automatic replies of a condition, and reports a
// mailbox that would have two.
func (r *reader) renderReplies(m *making) {
	answers := map[string]bool{}
	for i, reply := range r.s.spec.Replies {
		if !reply.When.holds(m.id.Condition) {
			continue
		}
		if answers[reply.From] {
			r.reportIn(m.id.Condition, r.file.problem(fmt.Sprintf("the mailbox of %s has two automatic replies", reply.From), "replies", i))
		}
		answers[reply.From] = true
		for j := range reply.Texts {
			r.renderYAML(m, r.file, replyTemplate(i, j), "replies", i, "texts", j)
		}
	}
}

// replies returns what answers by itself in this world.
func (m *making) replies() ([]turncoat.AutoReply, error) {
	var out []turncoat.AutoReply
	for i, reply := range m.spec.Replies {
		if !reply.When.holds(m.id.Condition) {
			continue
		}
		var tellings []telling
		for j := range reply.Texts {
			tellings = append(tellings, telling{files: []string{replyTemplate(i, j)}})
		}
		body, err := m.texts.render(m.choose("reply "+reply.From, tellings).files[0])
		if err != nil {
			return nil, err
		}
		p := m.cast.People[reply.From]
		out = append(out, turncoat.AutoReply{From: mail.Address{Name: p.Name, Address: p.Address}, Body: strings.TrimSpace(body)})
	}
	return out, nil
}

// checkMoment returns what is wrong with when a beat's message comes.
func (b beat) checkMoment(at, start time.Time) error {
	const layout = "2006-01-02 15:04"
	switch {
	case b.Later && at.Before(start):
		return headerError{"Date", fmt.Sprintf("%s is before the session, which starts at %s, and the beat is one that comes later", at.Format(layout), start.Format(layout))}
	case !b.Later && !at.Before(start):
		return headerError{"Date", fmt.Sprintf("%s is not before the session, which starts at %s; what comes in its course belongs to a beat with later: true", at.Format(layout), start.Format(layout))}
	}
	return nil
}
