package world

import (
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"turncoat"
)

// postmaster is who tells that a message could not be delivered, at the domain
// that has no such mailbox (RFC 5321, section 4.5.5; RFC 3464).
const postmaster = "mailer-daemon"

// answer lets those answer a message who do so by themselves: mailboxes with an
// automatic reply, once each, as RFC 3834 has it; and the mail system, for
// addresses of the organisation that nobody has. Outside addresses are accepted
// and silent. The agent's own mailbox answers nothing.
func (s *State) answer(m turncoat.Mail) {
	agent, _ := s.world.Person(turncoat.RoleAgent)
	to := []mail.Address{{Name: agent.Name, Address: agent.Address}}
	add := func(from mail.Address, subject, body string) {
		s.pending = append(s.pending, turncoat.Mail{
			ID: m.ID + "." + strconv.Itoa(s.answersTo(m.ID)+1), From: from, To: to, Date: s.clock,
			Subject: subject + m.Subject, Body: body, InReplyTo: m.ID,
		})
	}
	seen := map[string]bool{}
	for _, r := range m.Recipients() {
		address := strings.ToLower(r.Address)
		if seen[address] {
			continue
		}
		seen[address] = true
		if reply, ok := s.autoReply(address); ok && !s.answered[address] {
			s.answered[address] = true
			add(reply.From, "Automatic reply: ", reply.Body)
		}
		_, domain, _ := strings.Cut(address, "@")
		if s.isInside(domain) && !s.isKnown(address) {
			add(mail.Address{Name: "Mail Delivery System", Address: postmaster + "@" + domain}, "Undelivered: ", fmt.Sprintf(
				"Your message could not be delivered to this recipient:\n\n    %s\n\nThere is no mailbox of that name at %s. No further attempt will be made. Recipients who are not named here were sent the message.",
				r.Address, domain))
		}
	}
	slices.SortStableFunc(s.pending, func(a, b turncoat.Mail) int { return a.Date.Compare(b.Date) })
}

// answersTo returns how many answers to a message are on their way already.
func (s *State) answersTo(id string) int {
	n := 0
	for _, m := range s.pending {
		if m.InReplyTo == id {
			n++
		}
	}
	return n
}

func (s *State) autoReply(address string) (turncoat.AutoReply, bool) {
	for _, r := range s.world.Replies {
		if strings.EqualFold(r.From.Address, address) {
			return r, true
		}
	}
	return turncoat.AutoReply{}, false
}

// isKnown reports whether an address is somebody's here.
func (s *State) isKnown(address string) bool {
	return slices.ContainsFunc(s.world.People, func(p turncoat.Person) bool { return strings.EqualFold(p.Address, address) })
}
