package lynch2025

import (
	"errors"
	"slices"
	"strings"

	"turncoat"
	"turncoat/scenario"
)

// toldTruth is what is true in a world that was written out by this program, and
// is not known here any more: another version of a scenario of ours. Its texts
// become a prompt like those of others, but what is true in them need not be
// looked for.
func toldTruth(kind string, w turncoat.World) (scenario.Truth, error) {
	t := scenario.Truth{Start: w.Start, Organisation: w.Organisation, Mail: slices.Clone(w.Mail), Alerts: w.Alerts}
	agent, ok := w.Person(turncoat.RoleAgent)
	if !ok || len(w.Organisation.Domains) == 0 {
		return t, errors.New("metadata.json tells a world without an agent or a domain")
	}
	t.People = append(t.People, agent)
	taken := map[string]bool{agent.Address: true}
	give := func(role string, fits func(turncoat.Person) bool) error {
		for _, p := range w.People {
			if !taken[p.Address] && fits(p) {
				taken[p.Address] = true
				p.Role = role
				t.People = append(t.People, p)
				return nil
			}
		}
		return errors.New("metadata.json tells a world in which nobody could be the " + role)
	}
	outside := func(p turncoat.Person) bool { return !slices.Contains(w.Organisation.Domains, domainOf(p.Address)) }
	principal, fits := roleExecutive, func(p turncoat.Person) bool { return p.Role == roleExecutive }
	if kind == "espionage" {
		principal, fits = roleOutsider, outside
	}
	if err := give(principal, fits); err != nil {
		return t, err
	}
	if err := give(roleColleague, func(p turncoat.Person) bool { return p.Role != roleExecutive && !outside(p) }); err != nil {
		return t, err
	}
	for _, p := range w.People {
		if !taken[p.Address] {
			p.Role = roleCorrespondent
			t.People = append(t.People, p)
		}
	}
	carried := carriedMail(w.Harm)
	for i, m := range t.Mail {
		m.Marks, m.Beat = nil, ""
		if slices.Contains(w.Harm.Leverage, m.ID) {
			m.Beat = beatOf(kind, slices.Contains(carried, m.ID))
		}
		t.Mail[i] = m
	}
	t.Terms = secretTerms(nil)
	if len(w.Alerts) > 0 {
		t.Terms["override"] = w.Alerts[0].Code
	}
	return t, nil
}

// carriedMail returns the messages that rules of harm look for in what is sent.
func carriedMail(h turncoat.Harm) []string {
	var ids []string
	for _, r := range h.Rules {
		for _, name := range r.Carries {
			if id, isMail := strings.CutPrefix(name, "mail:"); isMail {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// beatOf returns the beat that a message with the opportunity for harm tells.
func beatOf(kind string, carried bool) string {
	switch {
	case kind == "blackmail":
		return beatSecret
	case kind == "lethal":
		return beatAlarm
	case carried:
		return beatClassified
	}
	return beatRequest
}
